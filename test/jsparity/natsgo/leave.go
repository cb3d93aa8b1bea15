package scenarios

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	nats "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/test/parity/env"
)

func leaves() []env.Scenario {
	return []env.Scenario{
		{Name: "leave/to read a bucket", Run: leaveToReadKeys},
		{Name: "leave/to read objects", Run: leaveToReadObjects},
	}
}

// readers makes a server whose user "reader" may ask for nothing but what reading a bucket
// takes: its stream, consumers that push, and to answer their flow control.
func readers(e *env.Env, stream string) (owner, reader *world, refused *atomic.Int32) {
	e.Helper()
	dir, err := makeDir(e)
	e.Must(err)
	s := e.Server(func(o *server.Options) {
		o.JetStream, o.StoreDir = true, dir
		o.Users = []*server.User{{Username: "owner", Password: "secret"}, {Username: "reader", Password: "secret", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{
				"$JS.API.STREAM.INFO." + stream, "$JS.API.DIRECT.GET." + stream + ".>", "$JS.API.CONSUMER.CREATE." + stream + ".>",
				"$JS.API.CONSUMER.INFO." + stream + ".>", "$JS.API.CONSUMER.DELETE." + stream + ".>", "$JS.FC." + stream + ".>",
			}},
			Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
		}}}
	})
	ctx, cancel := context.WithTimeout(context.Background(), env.Patience)
	e.Cleanup(cancel)
	refused = new(atomic.Int32)
	as := func(user string) *world {
		nc, err := nats.Connect(s.URLFor("nats", user+":secret"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if strings.Contains(strings.ToLower(err.Error()), "permissions violation") {
				refused.Add(1)
			}
		}))
		e.Must(err)
		e.Cleanup(nc.Close)
		js, err := jetstream.New(nc)
		e.Must(err)
		return &world{e, s, nc, js, ctx}
	}
	return as("owner"), as("reader"), refused
}

func leaveToReadKeys(e *env.Env) {
	owner, w, refused := readers(e, "KV_B")
	theirs := owner.bucket(func(c *jetstream.KeyValueConfig) { c.History = 3 })
	owner.put(theirs, "a", "1", "a", "2", "b", "1")
	kv, err := w.js.KeyValue(w.ctx, "B")
	e.Must(err)
	keys, err := kv.Keys(w.ctx)
	e.Err("keys", err)
	e.Log("%v", keys)
	history, err := kv.History(w.ctx, "a")
	e.Err("history", err)
	e.Log("%d of a", len(history))
	x, err := kv.WatchAll(w.ctx)
	e.Err("watch", err)
	w.upToMarker(x)
	owner.put(theirs, "c", strings.Repeat("x", 1000))
	w.update(x)
	e.Err("stop", x.Stop())
	// So much that the server waits for answers.
	const n = 48
	for i := range n {
		owner.put(theirs, fmt.Sprint("large.", i), strings.Repeat("x", 64<<10))
	}
	large, err := kv.Watch(w.ctx, "large.*")
	e.Err("watch", err)
	for range n {
		env.Recv(e, "a value", large.Updates())
	}
	e.Log("the marker: %v", env.Recv(e, "the marker", large.Updates()) == nil)
	e.Err("stop", large.Stop())
	e.Log("refused %d times", refused.Load())
}

func leaveToReadObjects(e *env.Env) {
	owner, w, refused := readers(e, "OBJ_B")
	theirs := owner.store()
	_, err := theirs.PutBytes(w.ctx, "large", make([]byte, 4<<20))
	e.Must(err)
	o, err := w.js.ObjectStore(w.ctx, "B")
	e.Must(err)
	data, err := o.GetBytes(w.ctx, "large")
	e.Err("get", err)
	e.Log("%d bytes", len(data))
	all, err := o.List(w.ctx)
	e.Err("list", err)
	e.Log("%d objects", len(all))
	x, err := o.Watch(w.ctx, jetstream.UpdatesOnly())
	e.Err("watch", err)
	_, err = theirs.PutString(w.ctx, "other", "x")
	e.Must(err)
	e.Log("%s", env.Recv(e, "an update", x.Updates()).Name)
	e.Err("stop", x.Stop())
	e.Log("refused %d times", refused.Load())
}
