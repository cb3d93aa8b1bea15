package nats

import (
	"testing"
	"time"

	"github.com/evernats/nats/internal/session"
	"github.com/evernats/nats/internal/wire"
)

// When the next server takes none of very many queued messages, nobody waits long for
// the lock that publishers meet at.
func TestGivingUpManyMessagesHoldsTheLockBriefly(t *testing.T) {
	o := GetDefaultOptions()
	o.ReconnectBufSize = 1 << 30
	dropped := 0
	told := make(chan int, 1)
	const total = 300_000
	o.MessageDroppedCB = func(_ *Conn, m *DroppedMsg) {
		if dropped += m.Msgs; dropped == total {
			told <- dropped
		}
	}
	nc, err := newConn(o)
	if err != nil {
		t.Fatal(err)
	}
	for range total {
		if err := nc.Publish("a", make([]byte, 90)); err != nil {
			t.Fatal(err)
		}
	}
	l := session.NewLink(nil, nil, nil, &wire.ServerInfo{MaxPayload: 80})
	before := uint64(0)
	for more := true; more; {
		more = nc.out.fitSome(l)
		after := nc.out.buf.Totals().Dropped.Msgs
		if after-before > 2000 {
			t.Fatalf("%d messages under one hold", after-before)
		}
		before = after
	}
	if nc.out.buf.Size() != 0 {
		t.Errorf("%d bytes are left", nc.out.buf.Size())
	}
	select {
	case <-told:
	case <-time.After(10 * time.Second):
		t.Error("not all were reported")
	}
}
