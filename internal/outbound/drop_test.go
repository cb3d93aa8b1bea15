package outbound

import "testing"

func TestDropOldest(t *testing.T) {
	b := New(Config{ChunkSize: 300})
	publish(b, 10, 86) // 100 bytes each, the last one 101
	if gone := b.DropOldest(0); gone.Msgs != 0 {
		t.Errorf("dropped %+v for nothing", gone)
	}
	if gone := b.DropOldest(101); gone.First != 1 || gone.Last != 2 || gone.Msgs != 2 || gone.Bytes != 200 {
		t.Errorf("dropped %+v", gone)
	}
	b.Connected(nil, nil)
	b.Batch(nil, 1) // message 3
	if gone := b.DropOldest(1); gone.First != 4 || gone.Last != 4 {
		t.Errorf("dropped %+v, want the first behind the batch", gone)
	}
	b.Wrote(50)
	if gone := b.DropOldest(1); gone.First != 5 {
		t.Errorf("dropped %+v, want the first behind the one that was cut", gone)
	}
	b.Fence(4) // stays
	if gone := b.DropOldest(1 << 20); gone.First != 6 || gone.Last != 10 {
		t.Errorf("dropped %+v", gone)
	}
	if b.Size() != 50+len(ping) {
		t.Errorf("Size %d", b.Size())
	}
	flushed(b)
	if tag, ok := b.Pong(); tag != 4 || !ok {
		t.Errorf("Pong = %d, %v", tag, ok)
	}
}

func TestExpire(t *testing.T) {
	b := New(Config{TTL: 1600})
	for now := int64(0); now < 5000; now += 50 {
		b.Stamp(now)
		publish(b, 1, 10)
	}
	gone := b.Expire(1000)
	// Messages 1 to 21 have the times 0 to 1000; those of the last 100 may stay.
	if gone.First != 1 || gone.Last > 21 || gone.Last < 19 {
		t.Errorf("expired %+v", gone)
	}
	if again := b.Expire(1000); again.Msgs != 0 {
		t.Errorf("expired again: %+v", again)
	}
	if all := b.Expire(1 << 40); all.Last != 100 || b.Size() != 0 {
		t.Errorf("expired %+v, %d bytes left", all, b.Size())
	}
	if none := New(Config{}).Expire(1 << 40); none.Msgs != 0 {
		t.Errorf("without a TTL: %+v", none)
	}
}
