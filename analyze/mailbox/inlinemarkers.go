package mailbox

import "strings"

// marker is a line with which mail programs introduce a message in the text of
// another one.
type marker struct {
	program string // That writes it; "" when several do.
	quotes  bool   // The same line introduces what is answered.
	bare    bool   // There is no line: it is the first of the quoted header.
}

// forwardWords stand between dashes above what is sent on, in lower case: Gmail and
// Thunderbird in their languages, Yahoo, Proton, 163.com.
const forwardWords = "|forwarded message|weitergeleitete nachricht|message transféré|message transmis|message réexpédié" +
	"|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|mensagem reencaminhada" +
	"|vidarebefordrat meddelande|videresendt meddelelse|videresendt besked|videresendt melding|videresendt e-post" +
	"|välitetty viesti|edelleenlähetetty viesti|przekazana wiadomość|wiadomość przekazana dalej|přeposlaná zpráva" +
	"|preposlaná správa|továbbított üzenet|yönlendirilmiş ileti|iletilen ileti|forwarded by" +
	"|перенаправленное сообщение|пересылаемое сообщение|пересланное сообщение|переслане повідомлення" +
	"|προωθημένο μήνυμα|转发的消息|转发的邮件|转发邮件信息|轉寄的郵件|転送メッセージ|転送されたメッセージ|전달된 메시지|begin forwarded text|"

// originalWords stand between dashes above what is sent on or answered: Outlook,
// GMX, Fastmail and old programs in their languages.
const originalWords = "|original message|original-nachricht|originale nachricht|ursprüngliche nachricht|message d'origine|message d’origine|message original" +
	"|mensaje original|messaggio originale|oorspronkelijk bericht|origineel bericht|mensagem original|originalmeddelande|ursprungligt meddelande" +
	"|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní zpráva" +
	"|pôvodná správa|eredeti üzenet|özgün ileti|orijinal mesaj|исходное сообщение|оригинальное сообщение|αρχικό μήνυμα" +
	"|原始邮件|邮件原件|原始郵件|元のメッセージ|원본 메시지|"

// appleLines are whole lines, without the colon at their end: Apple Mail.
const appleLines = "|begin forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|début du message réexpédié|début du message transféré" +
	"|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht|início da mensagem reenviada|início da mensagem reencaminhada|início da mensagem encaminhada" +
	"|vidarebefordrat brev|start på videresendt besked|videresendt melding|välitetty viesti alkaa|początek przekazywanej wiadomości" +
	"|začátek přeposílané zprávy|начало переадресованного сообщения|转发的邮件|下面是被转发的邮件|以下是轉寄的郵件|転送されたメッセージ|iletilen ileti başlangıcı|"

// markerAt recognises a marker in a line without blanks around it.
func markerAt(line string) (marker, bool) {
	const longest = 200 // Bytes. Lotus Notes writes names and a date into the line.
	if len(line) < 4 || len(line) > longest {
		return marker{}, false
	}
	if line[0] == '_' && strings.Trim(line, "_") == "" {
		// Outlook on the web draws a line of 32 above what it quotes.
		return marker{program: "Outlook on the web", quotes: true}, len(line) >= 20
	}
	if line[0] == '-' {
		return dashMarker(line, strings.Trim(line, "-"))
	}
	if words, ok := cutColon(line); ok && isOneOf(appleLines, words) {
		return marker{program: "Apple Mail"}, true
	}
	return marker{}, false
}

// dashMarker recognises words between dashes. How many dashes there are tells the
// programs apart.
func dashMarker(line, words string) (marker, bool) {
	dashes := len(line) - len(strings.TrimLeft(line, "-"))
	words = strings.Trim(words, " ")
	switch {
	case isOneOf(forwardWords, words):
		switch {
		case dashes == 10 && strings.HasPrefix(line[10:], "  "):
			return marker{program: "KMail"}, true
		case dashes == 10:
			return marker{program: "Gmail"}, true
		case dashes == 8:
			return marker{program: "Thunderbird"}, true
		case dashes == 7:
			return marker{program: "Proton Mail"}, true
		case dashes == 5:
			return marker{program: "Yahoo Mail"}, true
		}
		return marker{}, true
	case isOneOf(originalWords, words):
		switch {
		case dashes == 5 && !strings.HasPrefix(line, "----- "):
			return marker{program: "Outlook", quotes: true}, true
		case dashes == 5 && strings.HasPrefix(words, "Original message"):
			return marker{program: "Fastmail", quotes: true}, true
		}
		return marker{quotes: true}, true
	case len(words) > 13 && strings.EqualFold(words[:13], "forwarded by "):
		return marker{program: "Lotus Notes"}, true
	}
	return marker{}, false
}

// bareMarker recognises the first line of a quoted header that nothing introduces:
// Outlook draws its line in HTML only, and GMX writes none.
func bareMarker(line string) (marker, bool) {
	if len(line) > maxQuoted {
		return marker{}, false
	}
	switch kind, _, _ := labelAt(line, -1); kind {
	case labelFrom:
		return marker{program: "Outlook", bare: true}, true
	case labelDate:
		return marker{program: "GMX", bare: true}, true
	}
	return marker{}, false
}

// isOneOf says whether words are in a list, whatever their case.
func isOneOf(list, words string) bool {
	return words != "" && !strings.Contains(words, "|") && strings.Contains(list, "|"+strings.ToLower(words)+"|")
}

// cutColon cuts the colon at the end off, with the blank that French puts before it.
func cutColon(line string) (string, bool) {
	words, ok := strings.CutSuffix(line, ":")
	if !ok {
		words, ok = strings.CutSuffix(line, "：")
	}
	if !ok {
		return "", false
	}
	return strings.Trim(words, blanks), true
}

// The lines of a quoted header.
const (
	labelFrom = iota
	labelDate
	labelTo
	labelCc
	labelSubject
	labelKinds
)

// labels are what mail programs write before the values, in lower case: per
// language for From, Date, To, Cc and Subject.
var labels = [...][labelKinds]string{
	{"|from|", "|sent|date|sent at|date/time|", "|to|", "|cc|", "|subject|"},
	{"|von|", "|gesendet|datum|", "|an|", "|cc|kopie|kopie (cc)|", "|betreff|"},
	{"|de|expéditeur|", "|envoyé|date|", "|à|a|pour|destinataire|", "|cc|copie à|", "|objet|sujet|"},
	{"|de|", "|enviado|enviado el|fecha|", "|para|a|", "|cc|", "|asunto|"},
	{"|da|", "|inviato|data|date|", "|a|", "|cc|", "|oggetto|"},
	{"|van|", "|verzonden|datum|", "|aan|", "|cc|", "|onderwerp|"},
	{"|de|", "|enviado|enviado em|enviada|enviada em|data|", "|para|", "|cc|", "|assunto|"},
	{"|från|", "|skickat|datum|", "|till|", "|kopia|cc|", "|ämne|"},
	{"|fra|", "|sendt|dato|", "|til|", "|cc|kopi|", "|emne|"},
	{"|lähettäjä|", "|lähetetty|päivämäärä|päiväys|", "|vastaanottaja|", "|kopio|", "|aihe|"},
	{"|od|", "|wysłano|wysłane|data|", "|do|", "|dw|", "|temat|"},
	{"|od|", "|odesláno|odoslané|datum|dátum|", "|komu|", "|kopie|", "|předmět|predmet|"},
	{"|feladó|", "|elküldve|dátum|", "|címzett|", "|másolatot kap|", "|tárgy|"},
	{"|kimden|gönderen|", "|gönderme tarihi|tarih|gönderildi|", "|kime|alıcı|", "|bilgi|", "|konu|"},
	{"|от|от кого|", "|отправлено|дата|", "|кому|", "|копия|", "|тема|"},
	{"|від|", "|надіслано|дата|", "|кому|", "|копія|", "|тема|"},
	{"|从|发件人|寄件者|", "|发送时间|日期|寄件日期|时间|", "|收件人|收件者|至|", "|抄送|副本|", "|主题|主旨|"},
	{"|差出人|送信者|", "|送信日時|日時|日付|", "|宛先|", "|cc|", "|件名|"},
	{"|보낸 사람|보낸사람|", "|보낸 날짜|날짜|보낸날짜|", "|받는 사람|받는사람|", "|참조|", "|제목|"},
}

// labelAt reads "From: value", in one language, or in any when that is -1; the kind
// is -1 when a line is nothing like that. A language that is one of several that
// have the word is settled only by a word that tells them apart.
func labelAt(line string, language int) (kind int, value string, l int) {
	const longest = 40 // Bytes before the colon.
	head := line[:min(len(line), longest)]
	i, n := strings.IndexByte(head, ':'), 1
	if wide := strings.Index(head, "："); wide >= 0 && (i < 0 || wide < i) {
		i, n = wide, len("：")
	}
	if i <= 0 {
		return -1, "", language
	}
	word := strings.Trim(line[:i], blanks)
	value = strings.Trim(line[i+n:], blanks)
	if word == "" || strings.Contains(word, "|") {
		return -1, "", language
	}
	word = "|" + strings.ToLower(word) + "|"
	for l := range labels {
		if language >= 0 && !sameFrom(language, l) {
			continue
		}
		for kind := range labels[l] {
			if strings.Contains(labels[l][kind], word) {
				return kind, value, l
			}
		}
	}
	return -1, "", language
}

// sameFrom says whether two languages share a word for From, so that the first line
// did not tell which of them it is.
func sameFrom(a, b int) bool {
	if a == b {
		return true
	}
	for word := range strings.SplitSeq(strings.Trim(labels[a][labelFrom], "|"), "|") {
		if strings.Contains(labels[b][labelFrom], "|"+word+"|") {
			return true
		}
	}
	return false
}
