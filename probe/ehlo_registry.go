package probe

import (
	"slices"
	"strings"
)

// extensionMeaning is what an extension offers.
type extensionMeaning struct{ keyword, text string }

// meaning is what an extension offers, in plain words; "" for one that is not known.
func meaning(keyword string) string {
	i, ok := slices.BinarySearchFunc(extensionMeanings[:], keyword, func(m extensionMeaning, k string) int {
		return strings.Compare(m.keyword, k)
	})
	if ok {
		return extensionMeanings[i].text
	}
	if paintedOver(keyword) {
		return "a keyword that a firewall wrote over"
	}
	return ""
}

// extensionMeanings is every keyword of the registry "SMTP Service Extensions" of IANA
// (as of August 2025), and those that are met without being registered, which are
// said to be so. It is sorted by keyword. It costs nothing at the start: the linker lays
// it out.
var extensionMeanings = [...]extensionMeaning{
	{"8BITMIME", "takes text with letters beyond ASCII without re-coding (RFC 6152)"},
	{"ATRN", "hands over the mail of a domain on a line that its owner opened, after log-in (RFC 2645)"},
	{"AUTH", "lets users log in, by the methods named (RFC 4954)"},
	{"BINARYMIME", "takes binary data without re-coding, by BDAT (RFC 3030)"},
	{"BURL", "fetches a mail for sending from the user's IMAP server (RFC 4468)"},
	{"CHECKPOINT", "goes on with a mail where the connection was lost; experimental (RFC 1845)"},
	{"CHUNKING", "takes a mail in pieces of a stated length, by BDAT (RFC 3030)"},
	{"CLIENTID", "lets a program name the device that it runs on; a draft, not registered"},
	{"CONNEG", "tells what kinds of content a recipient can show (RFC 4141)"},
	{"CONPERM", "lets a sender allow that content is converted (RFC 4141)"},
	{"DELIVERBY", "takes mail with a time by which it has to be delivered (RFC 2852)"},
	{"DSN", "reports on delivery when the sender asks for it (RFC 3461)"},
	{"ENHANCEDSTATUSCODES", "gives a finer code with each reply, such as 5.1.1 (RFC 2034)"},
	{"ETRN", "starts sending the mail that waits for a domain, on its owner's request (RFC 1985)"},
	{"EXPN", "lists the members of a mailing list, where it is allowed (RFC 5321)"},
	{"FUTURERELEASE", "keeps a mail until a time that its sender names (RFC 4865)"},
	{"HELP", "answers HELP with a text for people (RFC 5321)"},
	{"LIMITS", "states how many mails, recipients and domains it takes at once (RFC 9422)"},
	{"MT-PRIORITY", "takes mail of several priorities (RFC 6710)"},
	{"MTRK", "lets a sender follow where a mail is (RFC 3885)"},
	{"NO-SOLICITING", "asks that no advertising is sent, or only some kinds of it (RFC 3865)"},
	{"OK", "no extension: an answer of old Exchange servers at the end of the list; not registered"},
	{"ONEX", "wants one mail in a connection; old Sendmail (registered by Eric Allman)"},
	{"PIPELINING", "takes several commands at once, without waiting after each (RFC 2920)"},
	{"REQUIRETLS", "keeps a mail encrypted on its whole further way, or returns it (RFC 8689)"},
	{"RRVS", "delivers only if the mailbox had the same owner at a stated time (RFC 7293)"},
	{"SAML", "sends mail and shows it on the terminal too; deprecated (RFC 821, RFC 2821)"},
	{"SEND", "shows a message on the user's terminal; deprecated (RFC 821, RFC 2821)"},
	{"SIZE", "states how many octets a mail may have; 0 is no fixed limit (RFC 1870)"},
	{"SMTPUTF8", "takes addresses and header fields in any script (RFC 6531)"},
	{"SOML", "shows a message on the terminal, or sends mail; deprecated (RFC 821, RFC 2821)"},
	{"STARTTLS", "goes over to encryption (RFC 3207)"},
	{"SUBMITTER", "is told who is responsible for a mail; experimental, historic (RFC 4405)"},
	{"TURN", "lets client and server change their roles; deprecated, a risk (RFC 821, RFC 5321 appendix F.1)"},
	{"UTF8SMTP", "took addresses in any script, by an experiment that SMTPUTF8 replaced (RFC 5336, obsolete)"},
	{"VERB", "answers in more words; old Sendmail (registered by Eric Allman)"},
	{"VERP", "writes each recipient into the return address of a copy (as XVERP); not registered"},
	{"VRFY", "says whether a mailbox exists, where it is allowed (RFC 5321)"},
	{"X-ANONYMOUSTLS", "encryption between Exchange servers of one organisation; not registered"},
	{"X-EXPS", "log-in between Exchange servers of one organisation; not registered"},
	{"X-LINK2STATE", "routing data between Exchange servers of one organisation; not registered"},
	{"X-RCPTLIMIT", "states how many recipients a mail may have; not registered, LIMITS replaced it"},
	{"XACK", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XADR", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XAUTH", "an old name for log-in; not registered"},
	{"XCIR", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XCLIENT", "is told the true client by a trusted proxy, as Postfix has it; not registered"},
	{"XDFLG", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XEXCH50", "properties of a mail between Exchange servers of one organisation; not registered"},
	{"XFORWARD", "is told by a filter where a mail came from, as Postfix has it; not registered"},
	{"XGEN", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XLOOP", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XOORG", "names the organisation between Exchange servers; not registered"},
	{"XPROXY", "hand-over between Exchange servers of one organisation; not registered"},
	{"XPROXYFROM", "hand-over between Exchange servers of one organisation; not registered"},
	{"XPROXYTO", "hand-over between Exchange servers of one organisation; not registered"},
	{"XRDST", "hop count between Exchange servers of one organisation; not registered"},
	{"XSHADOW", "spare copies between Exchange servers of one organisation; not registered"},
	{"XSHADOWREQUEST", "spare copies between Exchange servers of one organisation; not registered"},
	{"XSTA", "a command of Oracle (Sun, Netscape) mail servers for their own use; not registered"},
	{"XUSR", "tells that the client is a user's program; old Sendmail; not registered"},
	{"XVERP", "writes each recipient into the return address of a copy, as Postfix has it; not registered"},
}
