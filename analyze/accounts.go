package analyze

import (
	"encoding/base64"
	"strings"

	"mailtrace/analyze/mailbox"
	"mailtrace/received"
	"mailtrace/report"
)

// maxAccounts is how many accounts a report lists.
const maxAccounts = 100

// accounts lists the keys by which operators find the customer who sent the
// message. Whoever forges a message can write any of them too: Standing says whose
// word it is.
func (s *subject) accounts() {
	for i := len(s.hops) - 1; i >= 0; i-- {
		for _, a := range hopAccounts(&s.hops[i]) {
			a.Field, a.Line, a.Hop, a.Standing = "Received", s.hops[i].Line, &s.hops[i].Number, s.hops[i].Standing
			s.addAccount(a)
		}
	}
	for i, f := range s.message.Fields {
		for _, a := range fieldAccounts(f) {
			a.Field, a.Line, a.Standing = f.Name, f.Line, s.standing(i)
			if f.Is("Return-Path") && a.Standing != "" {
				a.Standing = report.Claimed // The recipient's host wrote it down, but the peer said it.
			}
			s.addAccount(a)
		}
	}
}

func (s *subject) addAccount(a report.Account) {
	if a.Key = strings.TrimSpace(a.Key); a.Key != "" && len(s.report.Accounts) < maxAccounts {
		s.report.Accounts = append(s.report.Accounts, a)
	}
}

// hopAccounts reads the keys in a hop.
func hopAccounts(h *report.Hop) (all []report.Account) {
	if h.User != "" {
		all = append(all, report.Account{What: "the account that logged in at " + either(h.By.Name, "this server"), Key: h.User})
	}
	if id, ok := sendGridAccount(h); ok {
		all = append(all, report.Account{What: "customer number at SendGrid", Key: id})
	}
	if strings.EqualFold(h.By.Name, "gmailapi.google.com") && isDigits(h.From.Name) {
		all = append(all, report.Account{What: "project number at Google Cloud of the program that used the Gmail API", Key: h.From.Name})
	}
	for _, c := range append([]string{h.From.Name}, h.Comments...) {
		// "Received: by host (Postfix, from userid 33)".
		if _, id, ok := strings.Cut(c, "from userid "); ok && isDigits(id) {
			all = append(all, report.Account{What: "Unix user on " + either(h.By.Name, "the host") + userName(id), Key: "userid " + id})
		}
	}
	return all
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// userName tells the user ids that stand for something everywhere, or nearly so.
func userName(id string) string {
	switch id {
	case "0":
		return ", root: the host itself, or who owns it"
	case "33":
		return ", www-data on Debian: a web page sent it, often a form or a broken-in site"
	case "48":
		return ", apache on Red Hat: a web page sent it, often a form or a broken-in site"
	}
	return ""
}

// sendGridAccount reads the customer number that SendGrid writes, in base64
// without padding, in the place of the peer's name where its own API took the
// message.
func sendGridAccount(h *report.Hop) (string, bool) {
	if h.By.Product != "SG" && !strings.HasSuffix(strings.ToLower(h.By.Name), ".sendgrid.net") {
		return "", false
	}
	name := h.From.Name
	if len(name) < 4 || len(name) > 24 {
		return "", false
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(name, "="))
	if err != nil || !isDigits(string(raw)) {
		return "", false
	}
	return string(raw), true
}

// fieldAccounts reads the keys in a field that is not Received.
func fieldAccounts(f mailbox.Field) []report.Account {
	if read := accountReader(f.Key); read != nil {
		return read(f.Text())
	}
	return nil
}

// accountReader is how the value of a field, by its name in lower case, is read for
// keys; nil for all the fields that hold none. So only those that do are decoded.
func accountReader(key string) func(value string) []report.Account {
	switch key {
	case "x-php-originating-script":
		return phpOrigin
	case "x-php-script":
		return phpScript
	case "x-source-args":
		return oneAccount("program of the web server that sent it (cPanel)")
	case "x-source-dir":
		return oneAccount("web site and folder of that program (cPanel)")
	case "x-get-message-sender-via", "x-authenticated-sender":
		return cpanel
	case "x-authenticated-user", "x-auth-user", "x-smtp-auth-user":
		return oneAccount("the account that logged in")
	case "x-mailgun-sid":
		return oneAccount("token by which Mailgun finds the message and its customer")
	case "x-mandrill-user":
		return oneAccount("customer at Mailchimp Transactional (Mandrill)")
	case "x-sfdc-user":
		return oneAccount("user at Salesforce")
	case "x-feedback-id", "feedback-id":
		return feedback
	case "message-id":
		return sesMessage
	case "return-path":
		return sendGridPath
	}
	return nil
}

// oneAccount reads a value that is a key as a whole.
func oneAccount(what string) func(value string) []report.Account {
	return func(value string) []report.Account { return []report.Account{{What: what, Key: value}} }
}

func phpOrigin(value string) []report.Account {
	uid, script, ok := strings.Cut(value, ":")
	if !ok || !isDigits(uid) {
		return nil
	}
	return []report.Account{{What: "PHP script that called mail()", Key: script}, {What: "Unix user of that script" + userName(uid), Key: "userid " + uid}}
}

func phpScript(value string) []report.Account {
	page, peer, ok := strings.Cut(value, " for ")
	if !ok {
		return nil
	}
	return []report.Account{{What: "PHP script that called mail()", Key: page}, {What: "address that asked for the page of that script", Key: peer}}
}

func sesMessage(value string) []report.Account {
	id := strings.Trim(value, "<> ")
	if !sesID(id) {
		return nil
	}
	return []report.Account{{What: "message at Amazon SES", Key: id[:strings.IndexByte(id, '@')]}}
}

func sendGridPath(value string) []report.Account {
	path := bareReturnPath(value)
	if decodeEnvelope(path).form != "sendgrid" {
		return nil
	}
	account, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(path), "bounces+"), "-")
	return []report.Account{{What: "customer number at SendGrid", Key: account}}
}

// cpanel reads "host: user" and "host: how: user/more".
func cpanel(value string) []report.Account {
	parts := strings.SplitN(value, ": ", 3)
	user := parts[len(parts)-1]
	if len(parts) < 2 || strings.ContainsAny(user, " ") {
		return nil
	}
	how := "the account that sent it at " + parts[0] + " (cPanel)"
	user, _, _ = strings.Cut(user, "/")
	return []report.Account{{What: how, Key: user}}
}

// feedback reads Feedback-ID, whose last part names the service that wrote it,
// where the parts before it are known to be that service's. Those that end in SG
// are not: in the corpora their numbers are none of SendGrid's customers.
func feedback(value string) []report.Account {
	parts := strings.Split(value, ":")
	if len(parts) != 2 || parts[1] != "AmazonSES" {
		return nil
	}
	return []report.Account{{What: "sender at Amazon SES, as it tells mailbox providers", Key: parts[0]}}
}

func sesID(id string) bool {
	const ses = "amazonses.com"
	_, host, ok := cutLast(id, '@')
	if n := len(host) - len(ses); !ok || n < 0 || !strings.EqualFold(host[n:], ses) || n > 0 && host[n-1] != '.' {
		return false
	}
	_, ok = received.SESMessageID("<" + id + ">")
	return ok
}
