package mailbox

import "strings"

// ways is how to get the message as it was received out of mail programs, whose
// header a forward has lost. Menus as of 2026, in English.
var ways = []struct {
	program string // As Inline.Program and X-Mailer begin; several separated by "|".
	steps   []string
}{
	{"Gmail", []string{
		"open the message in a browser (the apps cannot do it)",
		"three dots beside Reply > Download message: this saves an .eml file",
		"or three dots > Show original > Copy to clipboard",
	}},
	{"Outlook on the web|Outlook.com|Microsoft 365", []string{
		"open the message, three dots (More actions) > Save as > Save as EML, or Download",
		"for the header alone: three dots > View > View message source",
	}},
	{"new Outlook", []string{
		"open the message, three dots (More actions) > Save as: this saves an .eml file",
		"for the header alone: three dots > View > View message source",
	}},
	{"Outlook|Microsoft Outlook|Microsoft Office Outlook", []string{
		"in classic Outlook: open the message in its own window, File > Save As > Outlook Message Format - Unicode (.msg)",
		"for the header alone: File > Properties > Internet headers: copy all of it",
		"forwarding as an attachment will not do: Outlook writes the message anew",
	}},
	{"Apple Mail|iPhone Mail|iPad Mail", []string{
		"on a Mac: select the message, File > Save As > Format: Raw Message Source",
		"or Message > Forward as Attachment",
		"iPhone and iPad cannot do it: open the message in the web mail of its provider",
	}},
	{"Thunderbird|Mozilla", []string{
		"select the message, File > Save As > File (or More > Save as): this saves an .eml file",
		"or Message > Forward As > Attachment",
	}},
	{"Yahoo Mail|YahooMail", []string{
		"open the message in a browser, three dots (More) > View raw message: save the page that opens",
	}},
	{"GMX|WEB.DE", []string{
		"open the message in a browser, three dots (More) > Message source, or the i beside the sender > Extended header: copy all of it",
		"or three dots > Save on computer: this saves an .eml file",
	}},
	{"Fastmail", []string{
		"open the message in a browser, Actions (or More) > Show raw message > Download",
	}},
	{"iCloud Mail|iCloud", []string{
		"open the message on icloud.com, three dots or the arrow > Show All Headers: copy all of it",
		"for all of the message use Apple Mail on a Mac: File > Save As > Raw Message Source",
	}},
	{"Proton Mail|ProtonMail", []string{
		"open the message in a browser, three dots (More) > Export: this saves an .eml file",
		"or three dots > View headers: copy all of it",
	}},
	{"Lotus Notes|HCL Notes", []string{
		"select the message, File > Save As > .eml, or View > Show > Page Source: copy all of it",
	}},
}

// HowToGetOriginal says how to get a message with its whole header out of a mail
// program, step by step; each step is a way, the best one first. The program is
// Inline.Program or what stands in X-Mailer; for one that is not known the steps are
// those that fit most.
func HowToGetOriginal(program string) []string {
	for _, w := range ways {
		for name := range strings.SplitSeq(w.program, "|") {
			if program != "" && len(program) >= len(name) && strings.EqualFold(program[:len(name)], name) {
				return append([]string(nil), w.steps...)
			}
		}
	}
	return []string{
		`look for "show original", "view source" or "download message" in the menu of the message, and save what it shows as .eml`,
		`or forward the message as an attachment, not as text`,
	}
}
