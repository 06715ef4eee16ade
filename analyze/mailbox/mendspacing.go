package mailbox

// undouble takes out empty lines between all lines of the header, or between all of
// its fields.
func (s *mending) undouble() {
	lines, fields := s.spacing()
	switch {
	case lines:
		s.dropEmpty(true)
		s.whole = true
	case fields:
		s.dropEmpty(false)
	}
}

// spacing says whether an empty line stands between all lines, or between all fields,
// of the beginning of the header. A real header has fields on lines below each other
// from the start, since the server that took it wrote more than one.
func (s *mending) spacing() (lines, fields bool) {
	const (
		enough = 3 // Runs of lines.
		look   = 8
	)
	runs, named, i := 0, 0, s.first
	lines, fields = true, true
	for i < len(s.lines) && runs < look {
		if kind, _ := lineKind(s.lines[i].text); kind >= nameLikely {
			named++
		} else {
			fields = false
		}
		begin := i
		for i++; i < len(s.lines) && !isBlank(s.lines[i].text); i++ {
			if kind, _ := lineKind(s.lines[i].text); kind >= nameLikely {
				fields = false
			}
		}
		runs++
		lines = lines && i == begin+1
		empty := 0
		for ; i < len(s.lines) && isBlank(s.lines[i].text); i++ {
			empty++
		}
		if i == len(s.lines) {
			break
		}
		if empty != 1 {
			if runs <= enough {
				return false, false
			}
			break
		}
	}
	if runs < enough || named < 2 {
		return false, false
	}
	return lines, fields && !lines
}

// dropEmpty takes out the empty lines that were put in: between all lines of the
// message, or only between the fields, where the first line that is none ends it.
func (s *mending) dropEmpty(all bool) {
	out := s.lines[:s.first]
	n, last, open := 0, s.first, true
	for i := s.first; i < len(s.lines); {
		for ; i < len(s.lines) && !isBlank(s.lines[i].text); i++ {
			out = append(out, s.lines[i])
		}
		begin := i
		for i < len(s.lines) && isBlank(s.lines[i].text) {
			i++
		}
		keep := i - begin
		switch {
		case !open:
		case all && keep == 1:
			keep = 0
		case all:
			keep /= 2 // Of three, the one in the middle was there.
		case keep == 1 && i < len(s.lines):
			if kind, _ := lineKind(s.lines[i].text); kind >= nameLikely {
				keep = 0
			} else {
				open = false
			}
		default:
			open = false
		}
		if dropped := i - begin - keep; dropped > 0 {
			n, last = n+dropped, len(out)
		}
		out = append(out, s.lines[begin:begin+keep]...)
	}
	s.lines, s.end = out, len(out)
	s.note(DamageDoubled, s.first, min(last, len(out)-1), n, "empty lines between the lines of the header were taken out")
}
