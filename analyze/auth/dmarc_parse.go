package auth

import (
	"strconv"
	"strings"
)

// dmarcTags are the tags that are known, in the order in which String writes them.
var dmarcTags = [...]string{"p", "sp", "np", "psd", "t", "adkim", "aspf", "fo", "rf", "rua", "ruf", "pct", "ri"}

// Has tells whether a known tag is there, with whatever value.
func (r *DMARCRecord) Has(tag string) bool {
	for i, t := range dmarcTags {
		if t == tag {
			return r.seen&(1<<i) != 0
		}
	}
	return false
}

// ParseDMARC reads a record. It is nil for a text that is none: RFC 9989 section 4.7
// has all ignored that does not begin with v=DMARC1, in these letters. It never fails
// otherwise: what cannot be read is stepped over, and Problems says so.
func ParseDMARC(text string) *DMARCRecord {
	pos := dmarcVersion(text)
	if pos < 0 {
		return nil
	}
	r := &DMARCRecord{PSD: PSDUnknown, ADKIM: AlignRelaxed, ASPF: AlignRelaxed, PCT: 100, RI: 86400}
	long := len(text) > MaxDMARCRecord
	if long {
		// Not in the middle of a tag: half a policy is none.
		text = text[:MaxDMARCRecord]
		text = text[:max(strings.LastIndexByte(text, ';')+1, min(pos, len(text)))]
	}
	r.Text = text
	pos = min(pos, len(text))
	for pos < len(text) {
		end := len(text)
		if i := strings.IndexByte(text[pos:], ';'); i >= 0 {
			end = pos + i
		}
		if r.tags == MaxDMARCTags {
			r.problem(DMARCTooMany, "", "", pos, 0)
			break
		}
		r.tag(pos, end, end == len(text))
		pos = end + 1
	}
	if long {
		r.problem(DMARCTooLong, "", "", len(text), 0)
	}
	if !r.Has("p") {
		r.problem(DMARCNoPolicy, "p", "", len(text), 0)
	}
	return r
}

// dmarcVersion returns where the tags behind v=DMARC1 begin, or -1 when a text does
// not begin with it.
func dmarcVersion[T string | []byte](text T) int {
	if len(text) == 0 || text[0]|0x20 != 'v' {
		return -1
	}
	i := skipDMARCBlank(text, 1)
	if i == len(text) || text[i] != '=' {
		return -1
	}
	i = skipDMARCBlank(text, i+1)
	end := i + len("DMARC1")
	if end > len(text) || string(text[i:end]) != "DMARC1" {
		return -1
	}
	i = skipDMARCBlank(text, end)
	switch {
	case i == len(text):
		return i
	case text[i] == ';':
		return i + 1
	}
	return -1
}

// nearDMARC tells whether a text that is no record was meant to be one.
func nearDMARC(text []byte) bool {
	const most = 16 // Bytes: " V = dmarc1"
	s := strings.Map(func(c rune) rune {
		if c == ' ' || c == '\t' || c == '"' {
			return -1
		}
		return c
	}, string(text[:min(len(text), most)]))
	_, ok := cutFold(s, "v=DMARC")
	return ok
}

func skipDMARCBlank[T string | []byte](s T, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

// trimDMARCBlank cuts blanks off both ends of s[start:end].
func trimDMARCBlank(s string, start, end int) (int, int) {
	start = min(skipDMARCBlank(s, start), end)
	for end > start && (s[end-1] == ' ' || s[end-1] == '\t') {
		end--
	}
	return start, end
}

func (r *DMARCRecord) problem(f DMARCFault, tag, value string, offset, length int) {
	if len(r.Problems) < MaxDMARCProblems {
		r.Problems = append(r.Problems, DMARCProblem{f, tag, value, offset, length})
	}
}

// tag reads what stands between two semicolons.
func (r *DMARCRecord) tag(start, end int, last bool) {
	start, end = trimDMARCBlank(r.Text, start, end)
	item := r.Text[start:end]
	if item == "" {
		if !last { // A semicolon may stand at the end.
			r.tags++
			r.problem(DMARCEmptyTag, "", "", start, 0)
		}
		return
	}
	r.tags++
	eq := strings.IndexByte(item, '=')
	if eq < 0 {
		r.problem(DMARCNotATag, "", item, start, len(item))
		return
	}
	a, b := trimDMARCBlank(item, 0, eq)
	name := item[a:b]
	a, b = trimDMARCBlank(item, eq+1, len(item))
	value := item[a:b]
	if !dmarcLetters(name) {
		r.problem(DMARCNotATag, "", item, start, len(item))
		return
	}
	known := -1
	for i, t := range dmarcTags {
		if len(t) == len(name) && strings.EqualFold(t, name) {
			known = i
		}
	}
	if known < 0 {
		r.problem(DMARCUnknown, lower(dmarcExcerpt(name)), value, start, len(item))
		return
	}
	name = dmarcTags[known]
	if r.seen&(1<<known) != 0 {
		r.problem(DMARCDuplicate, name, value, start, len(item))
		if r.twice == "" {
			r.twice = name
		}
		return
	}
	r.seen |= 1 << known
	if name == "p" && r.tags > 1 {
		r.problem(DMARCPlace, name, value, start, len(item))
	}
	if name == "pct" || name == "rf" || name == "ri" {
		r.problem(DMARCRemoved, name, value, start, len(item))
	}
	fault := DMARCNoValue
	if value != "" {
		fault = r.value(name, value, start, len(item))
	}
	if fault != "" {
		r.problem(fault, name, value, start, len(item))
		return
	}
	r.valid |= 1 << known
}

func dmarcLetters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return s != ""
}

// value reads the value of a tag. Words are compared in any case: those of ABNF are
// so (RFC 5234 section 2.3).
func (r *DMARCRecord) value(tag, value string, offset, length int) DMARCFault {
	ok := true
	switch tag {
	case "p":
		r.P, ok = dmarcWord(value, PolicyNone, PolicyQuarantine, PolicyReject)
	case "sp":
		r.SP, ok = dmarcWord(value, PolicyNone, PolicyQuarantine, PolicyReject)
	case "np":
		r.NP, ok = dmarcWord(value, PolicyNone, PolicyQuarantine, PolicyReject)
	case "psd":
		var psd DMARCPSD
		if psd, ok = dmarcWord(value, PSDYes, PSDNo, PSDUnknown); ok {
			r.PSD = psd
		}
	case "t":
		var yes string
		yes, ok = dmarcWord(value, "y", "n")
		r.T = yes == "y"
	case "adkim", "aspf":
		var mode DMARCMode
		if mode, ok = dmarcWord(value, AlignRelaxed, AlignStrict); ok && tag == "adkim" {
			r.ADKIM = mode
		} else if ok {
			r.ASPF = mode
		}
	case "fo":
		r.FO, ok = dmarcOptions(value)
	case "rf":
		r.RF, ok = r.formats(value, offset, length)
	case "rua":
		r.RUA = r.uris(tag, value, offset, length)
		ok = len(r.RUA) > 0
	case "ruf":
		r.RUF = r.uris(tag, value, offset, length)
		ok = len(r.RUF) > 0
	case "pct":
		n, good := dmarcNumber(value, 100)
		if ok = good && len(value) <= 3; ok {
			r.PCT = int(n)
		}
	case "ri":
		var n uint64
		if n, ok = dmarcNumber(value, 1<<32-1); ok {
			r.RI = uint32(n)
		}
	}
	if !ok {
		return DMARCBadValue
	}
	return ""
}

// dmarcWord finds the word that a value is.
func dmarcWord[T ~string](value string, words ...T) (T, bool) {
	for _, w := range words {
		if strings.EqualFold(value, string(w)) {
			return w, true
		}
	}
	return "", false
}

func dmarcNumber(value string, most uint64) (uint64, bool) {
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(value, 10, 64)
	return n, err == nil && n <= most
}

// dmarcOptions reads fo=. RFC 9989 has fewer combinations than RFC 7489 section 6.3;
// the list of the latter holds all.
func dmarcOptions(value string) (list []string, ok bool) {
	if len(value) > MaxDMARCTags {
		return nil, false
	}
	for item := range strings.SplitSeq(value, ":") {
		w, ok := dmarcWord(strings.Trim(item, " \t"), "0", "1", "d", "s")
		if !ok {
			return nil, false
		}
		list = append(list, w)
	}
	return list, true
}

// formats reads rf=, a list of keywords (RFC 5321 section 4.1.2).
func (r *DMARCRecord) formats(value string, offset, length int) (list []string, ok bool) {
	for item := range strings.SplitSeq(value, ":") {
		item = strings.Trim(item, " \t")
		if item == "" || item[0] == '-' || item[len(item)-1] == '-' || len(list) == MaxDMARCURIs {
			return nil, false
		}
		for i := range len(item) {
			if c := item[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '-' {
				return nil, false
			}
		}
		if !strings.EqualFold(item, "afrf") {
			r.problem(DMARCFormat, "rf", item, offset, length)
		}
		list = append(list, lower(item))
	}
	return list, true
}

// uris reads rua= or ruf=; those that are none are left out and named.
func (r *DMARCRecord) uris(tag, value string, offset, length int) (list []DMARCURI) {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.Trim(item, " \t")
		if len(list) == MaxDMARCURIs {
			r.problem(DMARCTooMany, tag, "", offset, length)
			break
		}
		uri, size, limited := strings.Cut(item, "!")
		if limited && !dmarcSize(size) || !dmarcURI(uri) {
			if item != value { // Else the tag has no value that it can have.
				r.problem(DMARCBadURI, tag, item, offset, length)
			}
			continue
		}
		if limited {
			r.problem(DMARCSize, tag, item, offset, length)
		}
		if rest, ok := cutFold(uri, "mailto:"); ok && strings.IndexByte(rest, '@') <= 0 {
			r.problem(DMARCNoTarget, tag, item, offset, length)
		}
		list = append(list, DMARCURI{uri, lower(size)})
	}
	return list
}

// dmarcSize tells whether s is a limit: RFC 7489 section 6.4.
func dmarcSize(s string) bool {
	if n := len(s); n > 1 && strings.IndexByte("kmgt", s[n-1]|0x20) >= 0 {
		s = s[:n-1]
	}
	_, ok := dmarcNumber(s, 1<<64-1)
	return ok && s != ""
}

// dmarcURI tells whether s has a scheme and only what RFC 3986 section 2 allows.
func dmarcURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || rest == "" || !dmarcLetters(scheme[:1]) {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !dmarcLetters(scheme[i:i+1]) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	return true
}
