package mailbox

import "errors"

// readMSG reads an Outlook .msg file.
func readMSG(w *Raw) (*Message, error) { return nil, errors.New("not yet") }
