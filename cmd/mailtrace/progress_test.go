package main

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	p := &progress{w: &out, what: "messages", now: func() time.Time { return now }, began: now}
	p.done(10, 100)
	if out.Len() > 0 {
		t.Errorf("before anyone waits it says %q", out.String())
	}
	for _, step := range []struct {
		after time.Duration
		total int64
		want  string
	}{
		{2 * time.Second, 0, "\r1010 messages, 505 a second\x1b[K"},
		{100 * time.Millisecond, 0, ""}, // Too soon to read.
		{8 * time.Second, 40_000, "[#...................]   8 %, 3010 messages, 298 a second, 2 min 0 s left"},
		{190 * time.Second, 8_000, "[##########..........]  51 %, 4010 messages, 20 a second, 3 min 10 s left"},
		{3 * time.Hour, 5_100, "100 %"},
	} {
		out.Reset()
		now = now.Add(step.after)
		p.total.Store(step.total)
		p.done(1000, 1000)
		if step.want == "" && out.Len() > 0 || !strings.Contains(out.String(), step.want) {
			t.Errorf("after %s more: got %q, want %q", step.after, out.String(), step.want)
		}
	}
	out.Reset()
	p.clear()
	p.clear()
	if got := out.String(); got != "\r\x1b[K" {
		t.Errorf("cleared with %q", got)
	}
}
