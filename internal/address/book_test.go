package address

import (
	"fmt"
	"testing"
)

// bookOf opens a book with the servers of a call.
func bookOf(t *testing.T, r Rules, urls ...string) (*Book, []*Server) {
	t.Helper()
	servers, _, err := ParseList(urls, "")
	if err != nil {
		t.Fatal(err)
	}
	if r.MaxDiscovered == 0 {
		r.MaxDiscovered = 1000
	}
	var b Book
	b.Open(servers, r)
	return &b, servers
}

func hosts(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s-%d.example:4222", prefix, i)
	}
	return list
}

func TestBookKnowsTheServersOfTheCall(t *testing.T) {
	b, _ := bookOf(t, Rules{}, "u:p@b", "a", "token@c")
	if got := fmt.Sprint(b.Given()); got != "[nats://b:4222 nats://a:4222 nats://c:4222]" {
		t.Errorf("given: %s", got)
	}
	if got, want := b.Names(), "nats://u:xxxxx@b:4222, nats://a:4222, nats://xxxxx@c:4222"; got != want {
		t.Errorf("for people: %s, want %s", got, want)
	}
	if u := b.Target("nats://b:4222").Server.URL(); u.String() != "nats://u:p@b:4222" {
		t.Errorf("for the attempt: %s", u.Redacted())
	}
	if b.Forget("nats://b:4222"); b.Len() != 3 {
		t.Error("a server of the call was forgotten")
	}
}

// A key that the book doesn't have is an address, and anything else gives a server
// that can't be reached rather than none.
func TestBookHasAServerForAnyKey(t *testing.T) {
	b, _ := bookOf(t, Rules{}, "a")
	if u := b.Target("nats://x:1").Server.URL(); u.String() != "nats://x:1" {
		t.Errorf("an address gives %s", u.String())
	}
	if s := b.Target("nats://x:port").Server; s.Key() != "nats://x:port" || s.Hostname() != "" || s.WebSocket() || s.Secure() {
		t.Errorf("nonsense gives %+v", s)
	}
}

func TestBookSaysWhetherEverythingIsTLS(t *testing.T) {
	for _, c := range []struct {
		urls []string
		tls  bool
		want bool
	}{
		{[]string{"a"}, false, false}, {[]string{"a"}, true, true}, {[]string{"a", "tls://b"}, false, true},
		{[]string{"ws://a"}, false, false}, {[]string{"ws://a", "wss://b"}, false, true},
	} {
		b, _ := bookOf(t, Rules{TLS: c.tls}, c.urls...)
		if b.TLSOnly() != c.want {
			t.Errorf("%q, required %v: %v", c.urls, c.tls, b.TLSOnly())
		}
		// Once it was asked for, another pool doesn't take it back.
		if b.SetGiven([]*Server{b.Target("nats://z:1").Server}); b.TLSOnly() != c.want {
			t.Errorf("%q, required %v, and another pool: %v", c.urls, c.tls, b.TLSOnly())
		}
	}
}

// A server that another told of is reached as that one was: with its credentials,
// with TLS if it told over TLS, and by the name of its cluster if it is an address.
func TestToldServersAreReachedAsWhoToldOfThem(t *testing.T) {
	b, servers := bookOf(t, Rules{}, "u:p@told.example")
	keys := b.Advertised(servers[0], []string{"10.0.0.1:1", "bad:port", "other.example:2"}, false)
	if got := fmt.Sprint(keys); got != "[nats://10.0.0.1:1 nats://other.example:2]" {
		t.Fatalf("keys: %s", got)
	}
	for key, name := range map[string]string{"nats://10.0.0.1:1": "told.example", "nats://other.example:2": ""} {
		to := b.Target(key)
		if u := to.Server.URL(); u.User.String() != "u:p" || to.TLSName != name || to.TLS {
			t.Errorf("%s: %s, name %q, TLS %v", key, u.User, to.TLSName, to.TLS)
		}
	}
	// What an address tells of has the cluster's name too.
	b.Advertised(b.Target("nats://10.0.0.1:1").Server, []string{"10.0.0.2:1"}, false)
	if got := b.Target("nats://10.0.0.2:1").TLSName; got != "told.example" {
		t.Errorf("told of by an address: name %q", got)
	}
	b.Advertised(servers[0], []string{"10.0.0.1:1", "told.example:4222"}, true)
	b.Advertised(servers[0], []string{"10.0.0.1:1"}, false)
	if !b.Target("nats://10.0.0.1:1").TLS {
		t.Error("what was told of over TLS is said in plain text")
	}
	if b.Target("nats://told.example:4222").TLS {
		t.Error("a server told of the one of the call, which decides by its URL")
	}
}

func TestBookTakesAsManyAsThereIsRoomFor(t *testing.T) {
	b, servers := bookOf(t, Rules{MaxDiscovered: 10}, "a")
	keys := b.Advertised(servers[0], hosts("h", 30), false)
	if len(keys) != 10 || b.Len() != 11 || keys[9] != "nats://h-9.example:4222" {
		t.Errorf("%d keys, the last %s, %d in the book", len(keys), keys[len(keys)-1], b.Len())
	}
	if b.Advertised(servers[0], nil, false) != nil {
		t.Error("an INFO that names nobody says that there is nobody")
	}
	ignores, servers := bookOf(t, Rules{IgnoreDiscovered: true}, "a")
	if keys := ignores.Advertised(servers[0], hosts("h", 3), false); keys != nil || ignores.Len() != 1 {
		t.Errorf("keys %v, %d in the book", keys, ignores.Len())
	}
}

// Whatever comes and goes, the book shrinks to what is in use.
func TestBookIsTidied(t *testing.T) {
	b, servers := bookOf(t, Rules{}, "a")
	inUse := ""
	for i := range 100 {
		keys := b.Advertised(servers[0], hosts(fmt.Sprint("h", i), 20), false)
		if inUse = keys[3]; b.Grown() {
			b.KeepOnly(map[string]bool{inUse: true})
			if b.Len() != 2 || b.Grown() {
				t.Fatalf("%d are left", b.Len())
			}
		}
		if b.Len() > 2*2+64+20 {
			t.Fatalf("the book has %d servers", b.Len())
		}
	}
	// As large as it must be isn't grown: it would be tidied for nothing, again and again.
	used := make(map[string]bool)
	for _, k := range b.Advertised(servers[0], hosts("used", 200), false) {
		used[k] = true
	}
	if b.KeepOnly(used); b.Len() != 201 || b.Grown() {
		t.Errorf("of 201 in use %d are left; grown: %v", b.Len(), b.Grown())
	}
	for k := range used {
		inUse = k
	}
	n := b.Len()
	if b.Forget(inUse); b.Len() != n-1 {
		t.Errorf("%d were %d before one was forgotten", b.Len(), n)
	}
}

// A program hands back the URL of a server that it was shown, or one of its own.
func TestBookFindsTheKeyOfAURL(t *testing.T) {
	b, _ := bookOf(t, Rules{}, "u:p@a", "v:p@a", "b")
	for _, key := range b.Given() {
		if u := b.Target(key).Server.URL(); b.KeyOf(&u) != key {
			t.Errorf("%s is found as %s", key, b.KeyOf(&u))
		}
	}
	other, err := Parse("X")
	if err != nil {
		t.Fatal(err)
	}
	u := other.URL()
	if got := b.KeyOf(&u); got != "nats://x:4222" {
		t.Errorf("one that it doesn't know: %s", got)
	}
	u.Host = "1:2:3"
	if got := b.KeyOf(&u); got != "nats://1:2:3" {
		t.Errorf("one that nobody can have: %s", got)
	}
}
