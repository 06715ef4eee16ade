package mailbox

import (
	"bytes"
	"strings"

	charsets "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// decodeCodepage makes UTF-8 of text in a code page of Windows. NUL bytes at its end
// are cut off.
func decodeCodepage(data []byte, codepage uint64) string {
	data = bytes.TrimRight(data, "\x00")
	plain := true
	for _, c := range data {
		if c >= 0x80 || c == 0x1b { // ISO-2022 writes everything in ASCII.
			plain = false
			break
		}
	}
	if plain {
		return string(data)
	}
	text, err := codepageOf(codepage).NewDecoder().Bytes(data)
	if err != nil {
		text = data
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}

// ansiPage is the code page in which Windows writes what goes into mail in another
// one: properties are in the former where the file names only the latter.
func ansiPage(internet uint64) uint64 {
	switch internet {
	case 50220, 50221, 50222, 20932, 51932:
		return 932
	case 51949:
		return 949
	case 52936, 54936:
		return 936
	case 20866, 21866, 28595:
		return 1251
	case 28592:
		return 1250
	}
	return internet
}

// codepageOf finds a code page by its number (MS-UCODEREF section 2.2.1).
func codepageOf(n uint64) charsets.Encoding {
	if n >= 1250 && n <= 1258 {
		return [...]charsets.Encoding{
			charmap.Windows1250, charmap.Windows1251, charmap.Windows1252, charmap.Windows1253, charmap.Windows1254,
			charmap.Windows1255, charmap.Windows1256, charmap.Windows1257, charmap.Windows1258,
		}[n-1250]
	}
	switch n {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 852:
		return charmap.CodePage852
	case 866:
		return charmap.CodePage866
	case 874:
		return charmap.Windows874
	case 932:
		return japanese.ShiftJIS
	case 936, 51936:
		return simplifiedchinese.GBK
	case 949, 51949:
		return korean.EUCKR
	case 950:
		return traditionalchinese.Big5
	case 20866:
		return charmap.KOI8R
	case 21866:
		return charmap.KOI8U
	case 20932, 51932:
		return japanese.EUCJP
	case 28592:
		return charmap.ISO8859_2
	case 28593:
		return charmap.ISO8859_3
	case 28594:
		return charmap.ISO8859_4
	case 28595:
		return charmap.ISO8859_5
	case 28596:
		return charmap.ISO8859_6
	case 28597:
		return charmap.ISO8859_7
	case 28598, 38598:
		return charmap.ISO8859_8
	case 28603:
		return charmap.ISO8859_13
	case 28605:
		return charmap.ISO8859_15
	case 50220, 50221, 50222:
		return japanese.ISO2022JP
	case 52936:
		return simplifiedchinese.HZGB2312
	case 54936:
		return simplifiedchinese.GB18030
	case 65001:
		return unicode.UTF8
	}
	return charmap.Windows1252 // What Outlook writes where it does not say. It holds ISO-8859-1.
}
