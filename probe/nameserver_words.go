package probe

import (
	"fmt"
	"slices"
	"strings"

	"mailtrace/probe/dns"
	"mailtrace/report"
)

// serverOpinion is one answer, and the places that give it.
type serverOpinion struct {
	report.ServerAnswer
	places []*serverPlace
}

// opinions are the different answers to question i. Servers that gave none have none; of a
// SOA record the serial number counts.
func (v *nameServerSight) opinions(i int, q serverQuestion) []serverOpinion {
	var all []serverOpinion
	for _, e := range v.places {
		if i >= len(e.said) || e.said[i].answer == nil || e.status != serverAnswered {
			continue
		}
		a := serverAnswerOf(q, e.said[i])
		if q.typ == dns.SOA {
			a.Answers = []string{fmt.Sprint(e.said[i].answer.Records[0].Serial)}
		}
		k := slices.IndexFunc(all, func(o serverOpinion) bool {
			return o.Status == a.Status && slices.Equal(o.Answers, a.Answers)
		})
		if k < 0 {
			all, k = append(all, serverOpinion{ServerAnswer: a}), len(all)
		}
		all[k].places = append(all[k].places, e)
	}
	return all
}

// maxOpinions is how many different answers stand in a sentence.
const maxOpinions = 4

// told says who gives which answer.
func (o *serverOpinion) told() string {
	what := map[string]string{string(dns.NXDomain): "there is no such name", string(dns.NoData): "there is none"}[o.Status]
	if what == "" {
		what = firstOf(o.Answers, func(s string) string {
			if o.Type == dns.SOA.String() {
				return s // A number.
			}
			return quoted(s)
		})
	}
	return what + " at " + firstOf(o.places, (*serverPlace).at)
}

// toldOf is what is told of all opinions.
func toldOf(all []serverOpinion) string {
	words := make([]string, 0, maxOpinions+1)
	for i := range all[:min(len(all), maxOpinions)] {
		words = append(words, all[i].told())
	}
	if more := len(all) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, "; ")
}

// evidence is the answer, for each place that gives it.
func (o *serverOpinion) evidence() []report.Evidence {
	what := o.Status
	if len(o.Answers) > 0 {
		what = clipped(strings.Join(o.Answers, ", "), maxRecord)
	}
	var all []report.Evidence
	for _, e := range o.places {
		text := o.Name + " " + o.Type + " " + what + " (" + e.at() + ")"
		all = append(all, report.Evidence{Source: report.SourceDNS, Text: text, Length: len(text)})
	}
	return all
}

// serverWords says why there is no answer of one server.
func serverWords(e *dns.Error) string {
	switch e.Cause {
	case dns.Timeout:
		return "it did not answer in time"
	case dns.ServFail:
		return "it answered that it failed (SERVFAIL)"
	case dns.Malformed:
		return "what it sent was no answer"
	case dns.Network:
		return "it could not be reached"
	}
	return inWords(e)
}

// at says which server it is.
func (e *serverPlace) at() string { return e.name + " (" + e.address.String() + ")" }

// evidence is the NS record that names the server, and how it failed.
func (v *nameServerSight) evidence(e *serverPlace) []report.Evidence {
	what := e.why
	if e.fail != nil {
		what = string(e.fail.Cause)
	}
	text := v.zone + " SOA " + what + " (" + e.at() + ")"
	return []report.Evidence{dnsEvidence(v.zone, dns.NS, e.name+"."), {Source: report.SourceDNS, Text: text, Length: len(text)}}
}

// reached says whether another server was reached over the same family of addresses: then
// that one is silent is no fault of the network here.
func (v *nameServerSight) reached(e *serverPlace) bool {
	return slices.ContainsFunc(v.places, func(o *serverPlace) bool {
		return o != e && o.address.Is4() == e.address.Is4() && (o.status == serverAnswered || o.status == serverLame)
	})
}
