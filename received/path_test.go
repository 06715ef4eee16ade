package received

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// org is a small stand-in for the public suffix list: the last two labels.
func org(name string) string {
	labels := strings.Split(name, ".")
	if len(labels) < 2 {
		return ""
	}
	return strings.Join(labels[len(labels)-2:], ".")
}

// path reads fields that are given the oldest first.
func path(fields ...string) Path {
	var top []Field
	for i := range fields {
		top = append(top, Field{Line: i + 1, Value: fields[len(fields)-1-i]})
	}
	return NewPath(top, org)
}

func TestLink(t *testing.T) {
	const older = "from pc.example.net by mx1.example.com"
	for _, c := range []struct {
		older, newer string
		want         Link
	}{
		{older, "from mx1.example.com (mx1.example.com [192.0.2.1]) by mx.example.org", LinkExact},
		{older, "from MX1.Example.COM. by mx.example.org", LinkExact},
		{older, "from helo.example.net (mx1.example.com [192.0.2.1]) by mx.example.org", LinkReverseName},
		{"by mx1.example.com ([192.0.2.1]) with SMTP", "from out.example.net ([192.0.2.1]) by mx.example.org", LinkAddress},
		{older, "from out7.example.com ([192.0.2.1]) by mx.example.org", LinkOrganisation},
		{older, "from other.example.net (out7.example.com [192.0.2.1]) by mx.example.org", LinkOrganisation},
		{"by AM4.one.example.com", "from AM4.two.example.net by mx.example.org", LinkFirstLabel},
		{older, "from localhost (localhost [127.0.0.1]) by mx1.example.com", LinkLocal},
		{older, "by mx1.example.com (Postfix, from userid 33) id A1", LinkLocal},
		{older, "from root by mx1.example.com with local", LinkLocal},
		{"from pc.example.net", "from mx1.example.com by mx.example.org", LinkAbsent},
		{older, "by mx.example.org with SMTP", LinkAbsent},
		{older, "from evil.example.net ([203.0.113.1]) by mx.example.org", LinkBroken},
		{"by 10.1.2.3", "from 10.9.9.9 ([10.9.9.9]) by mx.example.org", LinkBroken}, // The first number of an address is no label.
	} {
		if got := path(c.older, c.newer).Steps[1].Link; got != c.want {
			t.Errorf("%s | %s: %s, want %s", c.older, c.newer, got, c.want)
		}
	}
}

// TestLinkPassesOverNotes: a remark between two hops does not part them.
func TestLinkPassesOverNotes(t *testing.T) {
	p := path("from pc.example.net by mx1.example.com with SMTP; 1 Jan 2024 00:00:00 -0000",
		"(qmail 123 invoked by uid 89); 1 Jan 2024 00:00:01 -0000",
		"from mx1.example.com (192.0.2.1) by mx.example.org with SMTP; 1 Jan 2024 00:00:02 -0000")
	var got []string
	for _, s := range p.Steps {
		got = append(got, string(s.Kind)+" "+string(s.Link))
	}
	if s := strings.Join(got, ", "); s != "relay first, note local, relay exact" {
		t.Error(s)
	}
}

func TestClock(t *testing.T) {
	at := func(host string, seconds int) string {
		return fmt.Sprintf("by %s with SMTP; %s", host, time.Date(2024, 1, 1, 12, 0, seconds, 0, time.UTC).Format(time.RFC1123Z))
	}
	for _, c := range []struct {
		name   string
		fields []string
		want   string // Offset and corrected delay of every hop.
	}{
		{"in order", []string{at("a", 0), at("b", 5), at("c", 5)}, "-:- -:5s -:0s"},
		{"two cannot tell", []string{at("a", 100), at("b", 0)}, "-:- -:-1m40s"},
		{"one of three, two ways", []string{at("a", 10), at("b", 5), at("c", 12)}, "-:- -:-5s -:7s"},
		{"slow, between two", []string{at("a", 0), at("b", 10), at("c", -3600), at("d", 20), at("e", 21)}, "-:- -:10s 1h0m10s:0s -:10s -:1s"},
		{"fast, at the beginning", []string{at("a", 7200), at("b", 0), at("c", 1), at("d", 2)}, "-2h0m0s:- -:0s -:1s -:1s"},
		{"slow, at the end", []string{at("a", 0), at("b", 1), at("c", -100)}, "-:- -:1s 1m41s:0s"},
		{"the same host was in order too", []string{at("c", 0), at("b", 1), at("c", -100), at("d", 3)}, "-:- -:1s -:-1m41s -:1m43s"},
		{"one host, twice wrong by the same", []string{at("a", 0), at("x", 1000), at("x", 1001), at("b", 2), at("c", 3), at("d", 4)}, "-:- -16m39s:1s -16m39s:1s -:0s -:1s -:1s"},
	} {
		var got []string
		for _, s := range path(c.fields...).Steps {
			offset, delay := "-", "-"
			if s.ClockOffset != nil {
				offset = s.ClockOffset.String()
			}
			if s.Delay != nil {
				delay = s.Delay.String()
			}
			got = append(got, offset+":"+delay)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// TestDelayCarriesDays: delays are signed and not cut at a day.
func TestDelayCarriesDays(t *testing.T) {
	p := path("by a; Mon, 1 Jan 2024 12:00:00 +0000", "by b", "by c; Thu, 4 Jan 2024 14:00:00 +0200")
	if d := p.Steps[2].Delay; d == nil || *d != 72*time.Hour || p.Steps[1].Delay != nil {
		t.Errorf("delay %v", d)
	}
}

func TestSegments(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"straight", []string{
			"from [192.168.1.2] (dsl.example.net [203.0.113.1]) by smtp.example.com (Postfix) with ESMTPSA id A1 for <b@example.org>",
			"from smtp.example.com (smtp.example.com [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id A2 for <b@example.org>",
			"from mx.example.org by box.example.org (Dovecot) with LMTP id YVBbOi5Cm1WCLgEAPZa6/Q for <b@example.org>",
		}, "submission 1-1, relay 2-2, delivery 3-3"},
		{"list", []string{
			"from smtp.example.com (smtp.example.com [192.0.2.1]) by lists.example.net (Postfix) with ESMTP id A1 for <devel@lists.example.net>",
			"from lists.example.net (localhost [127.0.0.1]) by lists.example.net (Postfix) with ESMTP id A2 for <b@example.org>",
			"from lists.example.net (lists.example.net [192.0.2.2]) by mx.example.org (Postfix) with ESMTP id A3 for <b@example.org>",
		}, "relay 1-1, list 2-3"},
		{"forward", []string{
			"from smtp.example.com (smtp.example.com [192.0.2.1]) by mx.example.net (Postfix) with ESMTP id A1 for <sales@example.net>",
			"from mx.example.net (mx.example.net [192.0.2.2]) by mx.example.org (Postfix) with ESMTP id A2 for <b@example.org>",
		}, "relay 1-1, forward 2-2"},
		{"alias within a house", []string{
			"from smtp.example.com (smtp.example.com [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id A1 for <sales@example.org>",
			"from mx.example.org (mx.example.org [192.0.2.2]) by box.example.org (Postfix) with ESMTP id A2 for <b@box.example.org>",
		}, "relay 1-2"},
		{"fetch", []string{
			"from smtp.example.com (smtp.example.com [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id A1 for <b@example.org>",
			"from mx.example.org [192.0.2.2] by localhost with POP3 (fetchmail-6.2.4) for b@localhost (single-drop)",
			"from localhost (localhost [127.0.0.1]) by pc.example.org (Postfix) with ESMTP id A3 for <b@localhost>",
		}, "relay 1-1, fetch 2-3"},
		{"filter on the way", []string{
			"by web.example.com (Postfix, from userid 33) id A1",
			"from web.example.com (web.example.com [192.0.2.1]) by mx.example.org (Postfix) with ESMTP id A2",
			"from mx.example.org ([127.0.0.1]) by localhost (mx.example.org [127.0.0.1]) (amavisd-new, port 10024) with ESMTP id r6yoYFJScFDb",
			"from localhost (localhost [127.0.0.1]) by mx.example.org (Postfix) with ESMTP id A3",
		}, "submission 1-1, relay 2-4"},
		{"interface", []string{"from 77463558223 named unknown by gmailapi.google.com with HTTPREST"}, "submission 1-1"},
		{"nothing", nil, ""},
	} {
		var got []string
		for _, s := range path(c.fields...).Segments {
			got = append(got, fmt.Sprintf("%s %d-%d", s.Kind, s.First, s.Last))
			if s.Why == "" {
				t.Errorf("%s: %s without a reason", c.name, s.Kind)
			}
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// TestMaxHops: the newest are kept, and how many were not read is said.
func TestMaxHops(t *testing.T) {
	fields := make([]Field, MaxHops+7)
	for i := range fields {
		fields[i] = Field{Line: i + 1, Value: " by a"}
	}
	p := NewPath(fields, org)
	if len(p.Steps) != MaxHops || p.Omitted != 7 || p.Steps[MaxHops-1].Line != 1 {
		t.Errorf("%d hops, %d omitted, the newest from line %d", len(p.Steps), p.Omitted, p.Steps[len(p.Steps)-1].Line)
	}
}
