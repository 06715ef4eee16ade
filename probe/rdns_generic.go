package probe

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// genericName says why a name looks like one that a provider gave to all of its addresses,
// or "". It is a guess: receivers have rules of their own.
func genericName(name string, a netip.Addr) string {
	name = strings.ToLower(name)
	if holdsAddress(name, a) {
		return "it holds the address"
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	for _, w := range words {
		if slices.Contains(genericWords[:], w) {
			return fmt.Sprintf("it has the word %q", w)
		}
	}
	return ""
}

// genericWords are those of providers for addresses that are of no server.
var genericWords = [...]string{
	"dyn", "dynamic", "dynip", "dynamicip", "pool", "pools", "dhcp", "dsl", "adsl", "vdsl", "xdsl", "ppp", "pppoe", "dialup", "dialin", "cable", "broadband", "ftth", "customer", "cust", "unassigned",
}

// holdsAddress says whether the address stands in the name, forwards or backwards: its four
// numbers beside each other, or written without anything between them; or the sixteen
// hex digits of the second half of an IPv6 address, or its groups.
func holdsAddress(name string, a netip.Addr) bool {
	if a.Is4() {
		o := a.As4()
		return numbersIn(name, o) || numbersIn(name, [4]byte{o[3], o[2], o[1], o[0]}) ||
			strings.Contains(name, fmt.Sprintf("%03d%03d%03d%03d", o[0], o[1], o[2], o[3])) ||
			strings.Contains(name, fmt.Sprintf("%02x%02x%02x%02x", o[0], o[1], o[2], o[3]))
	}
	full := strings.Split(a.StringExpanded(), ":")
	hex := strings.NewReplacer("-", "", ".", "").Replace(name)
	return strings.Contains(hex, strings.Join(full[4:], "")) || strings.Contains(name, strings.ReplaceAll(a.String(), ":", "-")) ||
		strings.Contains(name, strings.ReplaceAll(a.String(), ":", "."))
}

// numbersIn says whether four numbers stand one after the other in a name, with or without
// zeros before them, and one or more signs that are no digits between them.
func numbersIn(name string, want [4]byte) bool {
	var last [4]int // The latest ones.
	n := 0
	for name != "" {
		i := strings.IndexFunc(name, func(r rune) bool { return '0' <= r && r <= '9' })
		if i < 0 {
			return false
		}
		name = name[i:]
		number, digits := 0, 0
		for digits < len(name) && '0' <= name[digits] && name[digits] <= '9' {
			number = min(number*10+int(name[digits]-'0'), 1000) // More is none of an address.
			digits++
		}
		name = name[digits:]
		last = [4]int{last[1], last[2], last[3], number}
		if n++; n >= 4 && last == [4]int{int(want[0]), int(want[1]), int(want[2]), int(want[3])} {
			return true
		}
	}
	return false
}
