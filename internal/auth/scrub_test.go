package auth

import (
	"strings"
	"testing"
)

func TestScrub(t *testing.T) {
	seed := "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"
	jwt := "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJBQkMifQ.c2lnbmF0dXJl-_"
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Authorization Violation", "Authorization Violation"},
		{"wrong password hunter22 for bob", "wrong password xxxxx for bob"},
		{"hunter22hunter22", "xxxxxxxxxx"},
		{"token t0k3n-1, password hunter22", "token xxxxx, password xxxxx"},
		{"seed " + seed + " is bad", "seed xxxxx is bad"},
		{"jwt " + jwt + " " + jwt, "jwt xxxxx xxxxx"},
		{"Subscriptions to Some Stream", "Subscriptions to Some Stream"},
		{"eyJ", "eyJ"}, {"S", "S"}, {"a word", "a word"},
	} {
		if got := Scrub(c.text, "hunter22", "t0k3n-1", "a", ""); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("a SSSSS eyJ", "secret")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := Scrub(text, secret)
		if len(secret) >= shortest && !strings.Contains(scrubbed, secret) && !strings.Contains(secret, "x") && strings.Contains(got, secret) {
			t.Errorf("%q is left in %q", secret, got)
		}
	})
}
