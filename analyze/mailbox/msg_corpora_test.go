package mailbox

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"

	"mailtrace/received"
)

// msgCounts is what is in every .msg of the corpora: whether it has transport
// headers, how many Received fields are in them, and how many messages are
// attached. Where there are no transport headers there is no Received field, ever:
// drafts, sent messages, and items that are no mail.
var msgCounts = map[string]struct {
	transport        bool
	received, inside int
}{
	// Hosts of Exchange Online, Mimecast and Gmail.
	"bbottema/CC_duplicate_recipients_bug.msg": {true, 8, 0},
	// One relay: Gmail took it from the author's Thunderbird over TLS.
	"bbottema/S_MIME_test_message_encrypted.msg":         {true, 1, 0},
	"bbottema/S_MIME_test_message_signed.msg":            {true, 1, 0},
	"bbottema/S_MIME_test_message_signed_encrypted.msg":  {true, 1, 0},
	"bbottema/Test_at_sign_in_personal_From_header.msg":  {true, 1, 0},
	"bbottema/attachment_with_a_bracket_in_the_name.msg": {false, 0, 0}, // A draft.
	"bbottema/chinese_message_garbled.msg":               {false, 0, 0},
	"bbottema/embedded_image.msg":                        {true, 1, 0},
	// A draft that forwards a bounce: text/rfc822-headers, with 4 Received fields, is
	// one of its attachments. The index found these.
	"bbottema/forward_with_attachments_and_embedded_images.msg": {false, 0, 1},
	"bbottema/issue-16-rtf-sample-email-with-attachment.msg":    {true, 1, 0},
	"bbottema/nested_simple_mail.msg":                           {true, 3, 1}, // "Mail in mail", taken apart by Outlook.
	"bbottema/plain_chain.msg":                                  {false, 0, 0},
	"bbottema/simple_email_with_TO_and_CC_multiple.msg":         {true, 1, 0},
	"bbottema/simple_email_with_TO_and_CC_single.msg":           {true, 0, 0}, // Kept by the sender: a header, but no server saw it.
	"bbottema/simple_reply_with_CC.msg":                         {true, 2, 0},
	"bbottema/tst_unicode.msg":                                  {false, 0, 0},
	// Appointments, contacts, a note. The objects in two of them are exceptions of
	// an appointment that recurs: no messages.
	"hiraoka-msgreader/7_days_everyday.msg":                       {false, 0, 0},
	"hiraoka-msgreader/A_black_friday_w_tz_.msg":                  {false, 0, 0},
	"hiraoka-msgreader/A_memo.msg":                                {false, 0, 0},
	"hiraoka-msgreader/A_schedule.msg":                            {false, 0, 0},
	"hiraoka-msgreader/A_weekly_1.msg":                            {false, 0, 0},
	"hiraoka-msgreader/Appointment_sample_EST.msg":                {false, 0, 0},
	"hiraoka-msgreader/Friday_Lunch.msg":                          {false, 0, 0},
	"hiraoka-msgreader/Lanch_time_every_friday_in_2023_chgs1.msg": {false, 0, 0},
	"hiraoka-msgreader/Lanch_time_every_friday_in_2023_org.msg":   {false, 0, 0},
	"hiraoka-msgreader/contactAnsi.msg":                           {false, 0, 0},
	"hiraoka-msgreader/contactUnicode.msg":                        {false, 0, 0},
	"hiraoka-msgreader/Attach_sample_eml_received.msg":            {true, 1, 1},  // sample.eml, taken apart by Outlook.
	"hiraoka-msgreader/Attach_sample_eml_sent.msg":                {false, 0, 1}, // The same before it was sent: a file.
	"hiraoka-msgreader/attachmentFiles.msg":                       {true, 1, 0},
	"hiraoka-msgreader/attachmentsOrder.msg":                      {false, 0, 0},
	"hiraoka-msgreader/htmlLink2.msg":                             {false, 0, 0},
	"hiraoka-msgreader/msgInMsg.msg":                              {false, 0, 1}, // A draft. The index means the message in it, which was received.
	"hiraoka-msgreader/nonUnicodeCP932.msg":                       {false, 0, 0},
	"hiraoka-msgreader/sent.msg":                                  {false, 0, 0},
	"hiraoka-msgreader/voteItems.msg":                             {true, 1, 0},
	"ninoseki/other.msg":                                          {true, 2, 1}, // A bounce with the original.
	"sicos1977-msgreader/EmailWithAttachments.msg":                {false, 0, 0},
	"sicos1977-msgreader/EmailWithReactions.msg":                  {true, 3, 0},
	"sicos1977-msgreader/EmailWithSpecialCharsInSubject.msg":      {true, 3, 0}, // The one in ANSI.
	"sicos1977-msgreader/HtmlSampleEmail.msg":                     {true, 1, 0},
	"sicos1977-msgreader/HtmlSampleEmailWithAttachment.msg":       {true, 1, 0},
	"sicos1977-msgreader/RtfWithShortRussianString.msg":           {false, 0, 0},
	"sicos1977-msgreader/TxtSampleEmailWithAttachment.msg":        {true, 1, 0},
	"sicos1977-msgreader/sender_not_found_from_exchange.msg":      {false, 0, 0},
}

// msgFiles calls f for every .msg that the index of the corpora has.
func msgFiles(t *testing.T, f func(name string, data []byte, transport bool)) {
	t.Helper()
	dir := corpora(t)
	index, err := os.ReadFile(filepath.Join(dir, "msg", "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(index) {
		var row struct {
			Path      string  `json:"path"`
			Transport *string `json:"transport_headers"`
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, row.Path))
		if err != nil {
			t.Fatal(err)
		}
		f(strings.TrimPrefix(row.Path, "msg/"), data, row.Transport != nil)
	}
}

// TestMSGCorpora reads every .msg of the corpora, and holds their transport headers,
// and those of the messages in them, against the same read in another way.
func TestMSGCorpora(t *testing.T) {
	files, transports := 0, 0
	msgFiles(t, func(name string, data []byte, transport bool) {
		files++
		want, ok := msgCounts[name]
		if !ok {
			t.Errorf("%s is not in the list", name)
		}
		saved := transportHeaders(t, data)
		if len(saved) > 0 != transport {
			t.Errorf("%s: %d texts of transport headers, %v in the index", name, len(saved), transport)
		}
		m, err := rawMSG(data).message()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if got := len(fieldsReceived(m)); got != want.received || len(m.embedded) != want.inside {
			t.Errorf("%s: %d Received, %d messages inside, want %d, %d", name, got, len(m.embedded), want.received, want.inside)
		}
		m.visit(t, 0, func(depth int, m *Message) {
			t.Logf("%s %d: %d fields, %v, %v", name, depth, len(m.Fields), m.FidelityWhy, m.Repairs)
			kept := strings.Contains(m.FidelityWhy, "the header is the text that Outlook kept")
			if depth == 0 && kept != want.transport {
				t.Errorf("%s: %s", name, m.FidelityWhy)
			}
			if kept && len(saved) > 0 {
				comparePath(t, name, m, saved[0])
				saved = saved[1:]
				transports++
			}
		})
		if len(saved) > 0 {
			t.Errorf("%s: %d more transport headers", name, len(saved))
		}
	})
	if files != len(msgCounts) || files != 45 {
		t.Errorf("%d files, the list has %d", files, len(msgCounts))
	}
	t.Logf("%d files, %d transport headers", files, transports)
}

// comparePath holds the path of a .msg against that of its transport headers,
// saved as text.
func comparePath(t *testing.T, name string, m *Message, saved string) {
	t.Helper()
	text := written(t, m)
	plain, err := Read(name, strings.NewReader(saved), 0)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if !strings.HasPrefix(text, strings.TrimRight(saved, "\r\n\x00")) {
		t.Errorf("%s: the message does not begin with its transport headers", name)
	}
	org := func(name string) string { return name }
	a, b := received.NewPath(fieldsReceived(m), org), received.NewPath(fieldsReceived(plain), org)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s: not the same path:\n%+v\n%+v", name, a, b)
	}
}

func fieldsReceived(m *Message) (list []received.Field) {
	for f := range m.All("Received") {
		list = append(list, received.Field{Line: f.Line, Value: f.Value})
	}
	return list
}

// transportHeaders reads the transport headers in a .msg in another way, as texts to
// be saved: those of the message itself, then those of the messages in it.
func transportHeaders(t *testing.T, data []byte) (texts []string) {
	t.Helper()
	doc, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range doc.File {
		if !strings.HasPrefix(f.Name, "__substg1.0_007D001") {
			continue
		}
		raw, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if strings.HasSuffix(f.Name, "F") {
			var units []uint16
			for i := 0; i+1 < len(raw); i += 2 {
				units = append(units, uint16(raw[i])|uint16(raw[i+1])<<8)
			}
			text = string(utf16.Decode(units))
		}
		texts = append(texts, text)
	}
	return texts
}

// TestMSGCorporaTruncated cuts every .msg of the corpora off in many places.
func TestMSGCorporaTruncated(t *testing.T) {
	read, refused := 0, 0
	msgFiles(t, func(name string, data []byte, _ bool) {
		for n := 0; n < len(data); n += 512 * (1 + len(data)/100_000) {
			m, err := rawMSG(data[:n]).message()
			if err != nil {
				refused++
				continue
			}
			read++
			written(t, m)
		}
	})
	t.Logf("%d read, %d refused", read, refused)
}
