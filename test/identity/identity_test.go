// Package identity holds both libraries to the same errors: at each place where a
// program is given one, it finds the same variable by ==, or where nats.go has no
// variable for it an error of the same type with the same text.
//
// The places are written once, for nats.go; the directory evernats has the same
// files with the import line changed. After a change run go generate here.
package identity

//go:generate go run ../parity/gen

import (
	"bytes"
	"maps"
	"testing"

	"go.uber.org/goleak"

	ours "github.com/evernats/nats/test/identity/evernats"
	reference "github.com/evernats/nats/test/identity/natsgo"
	"github.com/evernats/nats/test/identity/world"
	"github.com/evernats/nats/test/leak"
	"github.com/evernats/nats/test/parity/env"
	sentinels "github.com/evernats/nats/test/parity/evernats"
	refSentinels "github.com/evernats/nats/test/parity/natsgo"
	"github.com/evernats/nats/test/parity/twin"
)

// TestMain looks for goroutines that are left, save those of nats.go, which goes on
// reconnecting when it is closed in the middle of an attempt.
func TestMain(m *testing.M) {
	const conn = "github.com/nats-io/nats%2ego.(*Conn)."
	ignore := []goleak.Option{
		goleak.IgnoreAnyFunction(conn + "doReconnect"), goleak.IgnoreAnyFunction(conn + "readLoop"),
		goleak.IgnoreAnyFunction(conn + "flusher"), goleak.IgnoreAnyFunction(conn + "spinUpGoRoutines"),
		goleak.IgnoreAnyFunction("github.com/nats-io/nats%2ego.(*asyncCallbacksHandler).asyncCBDispatcher"),
	}
	goleak.VerifyTestMain(leak.Rested{TestingM: m, Ignore: ignore}, ignore...)
}

func TestTwinsDifferInTheImportLineOnly(t *testing.T) {
	want, err := twin.Files(twin.ReferenceDir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := twin.Files(twin.OursDir)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		if !bytes.Equal(got[name], twin.Of(text)) {
			t.Errorf("%s is not the twin of its original: run go generate", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, %d originals", len(got), len(want))
	}
}

// walk returns what was seen on one walk, by place.
func walk(t *testing.T, library string, k world.Walk, vars []env.Sentinel) map[string]world.Seen {
	seen := map[string]world.Seen{}
	t.Run(library, func(t *testing.T) {
		w := world.New(t, vars)
		k.Run(w)
		for _, s := range w.Seen() {
			if _, ok := seen[s.Place]; ok {
				t.Errorf("%s: seen twice", s.Place)
			}
			seen[s.Place] = s
		}
	})
	return seen
}

// better are the places where the error is another one, and why nobody misses that
// of nats.go.
var better = map[string]string{
	"connect/several/says no, refused":                  "nats.go tells of the last attempt only; what a server said is worth more than that another one is down",
	"connect/several/says no, EOF":                      "the same",
	"connect/strangers/websocket wanted":                "a text without a variable; this one has the HTTP status in it",
	"values/unused/DrainTimeout 0":                      "a struct made by hand has it; a drain without any time loses what it is for",
	"values/unused/UserCredentialBytes":                 "without a JWT and a key in them no server that asks for some lets the client in",
	"values/unused/UserJWTAndSeed":                      "the same",
	"told/hung up on at a reconnect/hangs up after TLS": "nats.go has ErrTLS at the first connect only; here it is ErrTLS, around the same EOF, at a reconnect too",
	"told/lost/authorization":                           saidWhy,
	"told/lost/expired":                                 saidWhy,
	"told/lost/revoked":                                 saidWhy,
	"told/lost for good/authorization":                  saidWhy,
	"told/lost for good/expired":                        saidWhy,
	"told/lost for good/revoked":                        saidWhy,
}

const saidWhy = "nats.go tells the error handler what the server said, and here that it hung up; the reason is worth more"

func TestErrorsAreTheSame(t *testing.T) {
	twins := map[string]world.Walk{}
	for _, k := range ours.All() {
		twins[k.Name] = k
	}
	places := 0
	unmet := maps.Clone(better)
	for _, k := range reference.All() {
		t.Run(k.Name, func(t *testing.T) {
			want := walk(t, "nats.go", k, refSentinels.Sentinels())
			got := walk(t, "evernats", twins[k.Name], sentinels.Sentinels())
			places += len(want)
			for place, w := range want {
				g := got[place]
				why, explained := better[k.Name+"/"+place]
				if same := g.String() == w.String(); same == explained {
					t.Errorf("%s (%s)\n  nats.go:  %s\n  evernats: %s", place, why, w, g)
				}
				delete(unmet, k.Name+"/"+place)
			}
		})
	}
	if places < 100 {
		t.Errorf("only %d places", places)
	}
	for place := range unmet {
		t.Errorf("%s is explained and was not met", place)
	}
}
