package analyze

import (
	_ "embed"
	"strings"
	"sync"

	"mailtrace/analyze/domain"
)

// housesData is the organisational domains under which one mail provider runs its
// servers, a provider a line.
//
//go:embed data/houses.txt
var housesData string

// houses leads from a provider's other domains to its first one.
var houses = sync.OnceValue(func() map[string]string {
	to := map[string]string{}
	for row := range rows(housesData) {
		names := strings.Fields(row)
		for _, name := range names[1:] {
			to[name] = names[0]
		}
	}
	return to
})

// house is the organisational domain of a host, or that of the provider it belongs
// to: a message that goes from aliyun-inc.com to aliyun.com has not left the house.
func house(name string) string { return houseOf(domain.Org(name)) }

func houseOf(org string) string {
	if first, ok := houses()[org]; ok {
		return first
	}
	return org
}

// house is the function house, and org is domain.Org, for what is asked for again and
// again while the message is judged.
func (s *subject) house(name string) string { return houseOf(s.org(name)) }

func (s *subject) org(name string) string { return s.orgs.Org(name) }
