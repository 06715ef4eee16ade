package analyze

import "testing"

func TestDecodeEnvelope(t *testing.T) {
	good := func(address, form, inner string) {
		t.Helper()
		if d := decodeEnvelope(address); d.form != form || d.address != inner || d.meaning == "" {
			t.Errorf("%s: %+v, want %s %s", address, d, form, inner)
		}
	}
	none := func(address string) {
		t.Helper()
		if d := decodeEnvelope(address); d != (decoded{}) {
			t.Errorf("%s: %+v, want nothing", address, d)
		}
	}
	good("<>", "null", "")
	good("SRS0=fiQ1=NJ=example.com=user@fwd.example", "srs0", "user@example.com")
	good("srs0+fiQ1=NJ=Example.COM=a=b@fwd.example", "srs0", "a=b@example.com") // "=" in the name.
	good("SRS1=ab12=fwd.example==fiQ1=NJ=example.com=user@fwd2.example", "srs1", "user@example.com")
	good("bounces+SRS=nuPku=QW@example.org", "srs-microsoft", "")
	good("user+SRS=VZ/mL=FT=example.com=other@example.org", "srs-microsoft", "other@example.com")
	good("user+caf_=to=example.org@gmail.com", "gmail-forward", "to@example.org")
	good("prvs=1234abcdef=user@example.com", "prvs", "user@example.com")
	good("prvs=user/1234abcdef@example.com", "prvs", "user@example.com")
	good("btv1==1234abc==user@example.com", "btv1", "user@example.com")
	good("msprvs1=18261abcdefgh=bounces-253478-24@example.com", "msprvs1", "bounces-253478-24@example.com")
	good("01000198bcbf2d12-835e0e88-4517-4c16-abb4-dc7db1a6854f-000000@amazonses.com", "ses", "")
	good("list+bncBAABBLU43W3AMGQELLYUIHA@example.org", "googlegroups", "list@example.org")
	good("bounces+1328283-e4f1-user=example.org@em.example.com", "sendgrid", "user@example.org")
	good("bounce+cfbb68.c49a5-user=example.org@mg.example.com", "mailgun", "user@example.org")
	good("sentto-2242572-56012-1034075806-user=example.org@returns.groups.example", "yahoogroups", "user@example.org")
	good("list-return-508-user=example.org@lists.example", "ezmlm", "user@example.org")
	good("list-return-508-@lists.example", "ezmlm", "")
	good("bounce+user==a==example.org==list@lists.example", "sympa", "user@example.org")
	good("list-bounces@lists.example", "mailman", "")
	good("list-bounces+user=example.org@lists.example", "mailman", "user@example.org")
	good("news+user=example.org@mail.example", "verp", "user@example.org")
	good("news-user=example.org@mail.example", "verp", "user@example.org")
	good("news-4711-user=example.org@mail.example", "verp", "") // Or is it 4711-user?
	good("list+bounces-3585-user+list=example.org@lists.example", "mlmmj", "user+list@example.org")

	none("user@example.org")
	none("user")
	none("@example.org")
	none("SRS0=too=few@fwd.example")
	none("SRS0=h=t=nodot=user@fwd.example") // No domain has one label.
	none("prvs=12=user@example.com")        // No tag of BATV.
	none("a+b@example.org")                 // A subaddress (RFC 5233).
	none("x=y@example.org")                 // Not a domain behind "=".
	none("list-bouncesx@lists.example")
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add("SRS1=ab12=fwd.example==fiQ1=NJ=example.com=user@fwd2.example")
	f.Add("bounces+1-a-u=e.f@g")
	f.Fuzz(func(t *testing.T, address string) {
		if d := decodeEnvelope(address); (d.form == "") != (d.meaning == "") {
			t.Errorf("%q: %+v", address, d)
		}
	})
}
