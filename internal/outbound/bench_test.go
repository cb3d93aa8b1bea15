package outbound

import (
	"bytes"
	"testing"
	"time"
)

func BenchmarkPub16(b *testing.B)       { benchPub(b, 16, false) }
func BenchmarkPub128(b *testing.B)      { benchPub(b, 128, false) }
func BenchmarkPub4096(b *testing.B)     { benchPub(b, 4096, false) }
func BenchmarkPub65536(b *testing.B)    { benchPub(b, 65536, false) }
func BenchmarkHoldPub16(b *testing.B)   { benchPub(b, 16, true) }
func BenchmarkHoldPub128(b *testing.B)  { benchPub(b, 128, true) }
func BenchmarkHoldPub4096(b *testing.B) { benchPub(b, 4096, true) }

// benchPub publishes and lets a socket take it in steps of 32 KiB; with Hold, a
// fence ends each step and is answered two steps later.
func benchPub(b *testing.B, size int, hold bool) {
	q := New(Config{Hold: hold})
	q.Connected(nil, nil)
	data := bytes.Repeat([]byte("x"), size)
	var batch [][]byte
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		q.Pub("bench.subject", "", nil, data)
		if q.Size() < 32<<10 {
			continue
		}
		if hold {
			q.Fence(1)
		}
		batch = q.Batch(batch[:0], 32<<10)
		q.Wrote(total(batch))
		if hold && q.Held() > 64<<10 {
			q.Pong()
		}
	}
}

// BenchmarkRequest is light traffic: each message is written by itself.
func BenchmarkRequest(b *testing.B) {
	q := New(Config{})
	q.Connected(nil, nil)
	data := []byte("0123456789abcdef")
	var batch [][]byte
	b.ReportAllocs()
	for b.Loop() {
		q.Pub("bench.subject", "_INBOX.abcdefghijklmnop.12345678", nil, data)
		batch = q.Batch(batch[:0], 32<<10)
		q.Wrote(total(batch))
	}
}

// BenchmarkDropOldest keeps a full buffer full.
func BenchmarkDropOldest(b *testing.B) {
	q := New(Config{})
	data := []byte("0123456789abcdef")
	for q.Size() < 8<<20 {
		q.Pub("bench.subject", "", nil, data)
	}
	b.ReportAllocs()
	for b.Loop() {
		q.DropOldest(40)
		q.Pub("bench.subject", "", nil, data)
	}
}

// BenchmarkDisconnected is the end of a connection with 4 MiB of small messages
// queued and 4 MiB written and unconfirmed. Building that takes a thousand times
// as long as the call, so it takes ten samples, whatever b.N is.
func BenchmarkDisconnected(b *testing.B)     { benchDisconnected(b, false) }
func BenchmarkHoldDisconnected(b *testing.B) { benchDisconnected(b, true) }

func benchDisconnected(b *testing.B, hold bool) {
	const samples = 10
	data := []byte("0123456789abcdef")
	var sum time.Duration
	for range samples {
		q := New(Config{Hold: hold})
		q.Connected(nil, nil)
		for q.Size() < 8<<20 {
			q.Pub("bench.subject", "", nil, data)
			if q.SinceFence().Bytes >= 64<<10 {
				q.Fence(1)
			}
		}
		for n := 0; n < 4<<20; {
			k := total(q.Batch(nil, 64<<10))
			q.Wrote(k)
			n += k
		}
		start := time.Now()
		q.Disconnected()
		sum += time.Since(start)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sum)/samples, "ns/disconnect")
}

func total(batch [][]byte) (n int) {
	for _, p := range batch {
		n += len(p)
	}
	return n
}
