package report

// Each function here writes the keys of one type of seen.go, in its order.

func appendRDNS(a *appender, r *RDNS) {
	strs(a, "names", r.Names)
	str(a, "name", r.Name)
	str(a, "status", r.Status)
	str(a, "why", r.Why)
}

func appendSending(a *appender, s *Sending) {
	addr(a, "address", s.Address)
	str(a, "helo", s.HELO)
	str(a, "mail_from", s.MailFrom)
	object(a, "rdns", s.RDNS, appendRDNS)
}

func appendListing(a *appender, l *Listing) {
	str(a, "list", l.List)
	str(a, "target", l.Target)
	str(a, "result", l.Result)
	strs(a, "codes", l.Codes)
	str(a, "text", l.Text)
	str(a, "why", l.Why)
}

func appendNameServer(a *appender, s *NameServer) {
	str(a, "name", s.Name)
	addr(a, "address", s.Address)
	str(a, "status", s.Status)
	str(a, "why", s.Why)
	numOrNull(a, "serial", s.Serial)
	objects(a, "answers", s.Answers, appendServerAnswer)
}

func appendServerAnswer(a *appender, s *ServerAnswer) {
	str(a, "name", s.Name)
	str(a, "type", s.Type)
	str(a, "status", s.Status)
	strs(a, "answers", s.Answers)
}

func appendRequirement(a *appender, r *Requirement) {
	str(a, "provider", r.Provider)
	str(a, "id", r.ID)
	str(a, "text", r.Text)
	boolean(a, "bulk", r.Bulk)
	str(a, "status", r.Status)
	str(a, "why", r.Why)
	str(a, "source", r.Source)
	strs(a, "rules", r.Rules)
}
