package received

import "strings"

// The shapes of queue ids. A shape alone proves nothing: the same shape is used
// by several products, and GMX's Nemesis writes Exim's without its clock.

// eximID is Exim's 6-6-2, or 6-11-4 since 4.97, in base 62.
func eximID(id string) bool {
	if len(id) != 16 && len(id) != 23 || id[6] != '-' || id[len(id)-3] != '-' && id[len(id)-5] != '-' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isAlnum(c) && c != '-' {
			return false
		}
	}
	return strings.Count(id, "-") == 2
}

// sendmailID is sendmail's since 8.10: year, month, day, hour, minute and second
// as one character each, then sequence and process number.
func sendmailID(id string) bool {
	if len(id) < 12 || len(id) > 16 || !isAlnum(id[0]) || id[1] < '0' || id[1] > 'B' || id[1] > '9' && id[1] < 'A' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; i < 8 && !isAlnum(c) || i >= 8 && (c < '0' || c > '9') {
			return false
		}
	}
	return id[2] <= 'V' && id[3] <= 'N'
}

// sendmail8ID is that of sendmail 8.6 to 8.9: three letters, of which the first
// is the hour, and the process number.
func sendmail8ID(id string) bool {
	return len(id) >= 8 && len(id) <= 13 && id[0] >= 'A' && id[0] <= 'X' && isUpper(id[:3]) && isDigits(id[3:])
}

// postfixID is Postfix's short one (hex) or its long one (base 52, no vowels).
func postfixID(id string) bool { return postfixShortID(id) || postfixLongID(id) }

func postfixShortID(id string) bool {
	if len(id) < 6 || len(id) > 16 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

func postfixLongID(id string) bool {
	if len(id) < 12 || len(id) > 20 || strings.IndexByte(id[10:], 'z') < 0 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isAlnum(c) || strings.IndexByte("AEIOUaeiou", c) >= 0 {
			return false
		}
	}
	return true
}

// gmailID is Google's: a word, numbers and a date or milliseconds between dots,
// or only a word of small letters and digits.
func gmailID(id string) bool {
	if len(id) < 6 || len(id) > 100 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isDigit(c) && (c < 'a' || c > 'z') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// yahooID, sesID and the others know one product each.
func sesID(id string) bool { return len(id) == 40 && isLowerAlnum(id) }

// domino is Domino's local time and process: 2008062321122608-167990.
func dominoID(id string) bool {
	time, process, ok := strings.Cut(id, "-")
	return ok && len(time) == 16 && isDigits(time) && isDigits(process)
}

// proofpointID is a word and a number: 3whcn3k11c-1.
func proofpointID(id string) bool {
	word, n, ok := strings.Cut(id, "-")
	return ok && len(word) >= 9 && len(word) <= 12 && len(n) <= 2 && isLowerAlnum(word) && isDigits(n)
}

// mimecastID begins with the name of its grid.
func mimecastID(id string) bool {
	return len(id) > 20 && (strings.Contains(id, "-mta-") || strings.HasPrefix(id, "mta-"))
}

// courierID is three groups of eight hex digits, or of sixteen, sixteen and eight.
func courierID(id string) bool {
	if len(id) == 42 {
		return id[16] == '.' && id[33] == '.' && isHex(id[:16]) && isHex(id[17:33]) && isHex(id[34:])
	}
	return len(id) == 26 && id[8] == '.' && id[17] == '.' && isHex(id[:8]) && isHex(id[9:17]) && isHex(id[18:])
}

// momentumID is that of Momentum, Ecelerity before it: 80/0A-02454-4DCB6054.
func momentumID(id string) bool {
	return len(id) >= 18 && id[2] == '/' && id[5] == '-' && isHex(id[:2]) && isHex(id[3:5]) && isHex(id[len(id)-8:])
}

// symantecID is that of Symantec Messaging Gateway: A3.FF.14430.595CB686.
func symantecID(id string) bool {
	return len(id) >= 18 && id[2] == '.' && id[5] == '.' && isHex(id[:2]) && isHex(id[3:5]) && isHex(id[len(id)-8:])
}

// criticalPathID is sixteen hex digits, the first eight a time.
func criticalPathID(id string) bool { return len(id) == 16 && isHex(id) }

// mailgunID is a MongoDB object id: 24 hex digits, the first eight a time.
func mailgunID(id string) bool { return len(id) == 24 && isHex(id) }

// mailmarshalID is <B and twelve hex digits>.
func mailmarshalID(id string) bool { return len(id) == 13 && id[0] == 'B' && isHex(id[1:]) }

// cloudmarkID is the session and then the transaction, which begin alike:
// 6joaqCNZMZvWO and 6joaq99Zz.
func cloudmarkID(id string) bool {
	if len(id) != 22 || id[0] != id[13] {
		return false
	}
	for i := range len(id) {
		if !isAlnum(id[i]) {
			return false
		}
	}
	return true
}

// dovecotID is base64 of 16 bytes.
func dovecotID(id string) bool {
	if len(id) < 20 || len(id) > 26 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isAlnum(c) && c != '/' && c != '+' && c != '=' {
			return false
		}
	}
	return true
}

func hasUUID(id string) bool {
	return len(id) >= 36 && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' && isHex(id[:8]) && isHex(id[9:13])
}

func isAlnum(c byte) bool {
	l := c | 0x20
	return c >= '0' && c <= '9' || l >= 'a' && l <= 'z'
}

func isLowerAlnum(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return s != ""
}
