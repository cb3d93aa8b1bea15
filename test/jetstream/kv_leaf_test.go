package jetstream

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/jetstream"
)

// A mirror in another domain is read at its own server, and written to at its origin's.
func TestAMirrorInAnotherDomain(t *testing.T) {
	t.Parallel()
	hub := &srv{t: t, opts: &server.Options{
		Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, JetStream: true, JetStreamDomain: "HUB", StoreDir: t.TempDir(), ServerName: "hub",
		DisableShortFirstPing: true, LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: -1},
	}}
	hub.up()
	t.Cleanup(hub.down)
	info, err := hub.Server.Varz(nil)
	must(t, err)
	remote, err := url.Parse(fmt.Sprint("nats://127.0.0.1:", info.LeafNode.Port))
	must(t, err)
	leaf := &srv{t: t, opts: &server.Options{
		Host: "127.0.0.1", Port: -1, NoLog: true, NoSigs: true, JetStream: true, JetStreamDomain: "LEAF", StoreDir: t.TempDir(), ServerName: "leaf",
		DisableShortFirstPing: true, LeafNode: server.LeafNodeOpts{Remotes: []*server.RemoteLeafOpts{{URLs: []*url.URL{remote}}}},
	}}
	leaf.up()
	t.Cleanup(leaf.down)
	at := bucketOf(t, newJS(t, connect(t, hub.url())))
	put(t, at, "k", "v")
	js := newJS(t, connect(t, leaf.url()))
	var m jetstream.KeyValue
	until(t, "the mirror", func() bool {
		m, err = js.CreateKeyValue(moment(t), jetstream.KeyValueConfig{Bucket: "M", Mirror: &jetstream.StreamSource{Name: "B", Domain: "HUB"}})
		return err == nil
	})
	has := func(key, want string) {
		t.Helper()
		until(t, key, func() bool {
			e, err := m.Get(moment(t), key)
			return err == nil && string(e.Value()) == want
		})
	}
	has("k", "v")
	rev := put(t, m, "through", "1")
	has("through", "1")
	must1[uint64](t)(m.Update(within(t), "through", []byte("2"), rev))
	has("through", "2")
	e := must1[jetstream.KeyValueEntry](t)(at.Get(within(t), "through"))
	if string(e.Value()) != "2" {
		t.Errorf("the origin has %s", e.Value())
	}
	must(t, m.Delete(within(t), "k"))
	// The marker is at the origin, wherever the mirror is by now.
	must1[uint64](t)(m.Create(within(t), "k", []byte("again")))
	has("k", "again")
	if keys := must1[[]string](t)(m.Keys(within(t))); len(keys) != 2 {
		t.Errorf("%v", keys)
	}
}
