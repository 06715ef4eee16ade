package received

import "strings"

// lookup finds name in a list of names, in any case. English names are also
// found in their longer writings.
func lookup(names []string, name string) int {
	if len(name) < 2 {
		return -1
	}
	for i, n := range names {
		if n[0]|0x20 != name[0]|0x20 {
			continue
		}
		if equalFold(name, n) || len(n) == 3 && len(name) > 3 && equalFold(name[:3], n) && isLong(name) {
			return i
		}
	}
	return -1
}

// isLong says whether name is a longer writing of an English day or month than
// three letters: "Sept", "Thurs", "November".
func isLong(name string) bool {
	const long = " sunday monday tues tuesday wednesday thur thurs thursday friday saturday january february march april june july august sept september october november december "
	return len(name) < 12 && strings.Contains(long, " "+strings.ToLower(name)+" ")
}

var (
	weekdays = []string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	months   = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

	// Names of other languages that begin differently from the English ones, a
	// language a row from Sunday and January on. QUIRK: programs that print dates
	// in the language of their user, mostly webmail and Windows scripts.
	foreignWeekdays = []string{
		"dim", "lun", "mar", "mer", "jeu", "ven", "sam", // French
		"son", "mon", "die", "mit", "don", "fre", "sam", // German
		"dom", "lun", "mar", "mié", "jue", "vie", "sáb", // Spanish
		"dom", "seg", "ter", "qua", "qui", "sex", "sáb", // Portuguese
		"dom", "lun", "mar", "mer", "gio", "ven", "sab", // Italian
		"zon", "maa", "din", "woe", "don", "vri", "zat", // Dutch
		"so", "mo", "di", "mi", "do", "fr", "sa", // German, short
	}
	foreignMonths = []string{
		"janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc", // French
		"jän", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez", // German
		"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic", // Spanish
		"jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez", // Portuguese
		"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic", // Italian
		"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec", // Dutch
	}
)
