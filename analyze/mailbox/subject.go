package mailbox

import "strings"

// forwardPrefixes begin the subject of a message that is sent on, in the languages
// of the programs that write them. "vs" is also how Finnish programs begin an answer.
const forwardPrefixes = " fw fwd wg tr rv enc i doorst vs vb vl pd továbbítás tov ilt i̇lt πρθ 转发 轉寄 转寄 転送 전달 הועבר "

// replyPrefixes begin the subject of an answer.
const replyPrefixes = " re aw antw sv res rif r rép ref odp vá ynt ατ отв ответ 回复 回覆 答复 返信 답장 השב "

// forwardPrefix is what begins a subject and says that the message is sent on, as
// written; "" when nothing does.
func forwardPrefix(subject string) string {
	if len(subject) > 5 && strings.EqualFold(subject[:5], "[fwd:") {
		return subject[:5] // Thunderbird and Mozilla before it.
	}
	if prefix := subjectPrefix(subject); isPrefix(forwardPrefixes, prefix) {
		return prefix + ":"
	}
	if hasSuffixFold(subject, "(fwd)") {
		return subject[len(subject)-5:] // Pine.
	}
	return ""
}

// isReply says whether a subject is that of an answer.
func isReply(subject string) bool { return isPrefix(replyPrefixes, subjectPrefix(subject)) }

// subjectPrefix is what stands before the first colon, without the count that some
// programs add: "Re[2]", "AW(3)", and without the name of a mailing list before it:
// "[list] Re".
func subjectPrefix(subject string) string {
	const most = 24 // Bytes. Words of eight letters in any script.
	if strings.HasPrefix(subject, "[") {
		if _, rest, ok := strings.Cut(subject, "]"); ok {
			subject = strings.TrimLeft(rest, " ")
		}
	}
	head := strings.ReplaceAll(subject[:min(len(subject), most)], "：", ":")
	prefix, _, ok := strings.Cut(head, ":")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(prefix, "[("); i > 0 {
		prefix = prefix[:i]
	}
	return strings.TrimSpace(prefix)
}

func isPrefix(list, prefix string) bool {
	return prefix != "" && !strings.Contains(prefix, " ") && strings.Contains(list, " "+strings.ToLower(prefix)+" ")
}
