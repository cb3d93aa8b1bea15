package outbound

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// drive runs the operations that data spells against the model.
func drive(t *testing.T, data []byte) {
	next := func() int {
		if len(data) == 0 {
			return 0
		}
		x := data[0]
		data = data[1:]
		return int(x)
	}
	cfg := Config{ChunkSize: []int{0, 64, 200, 4096}[next()%4]}
	switch next() % 4 {
	case 1, 2:
		cfg.Hold = true
	}
	if next()%2 == 1 {
		cfg.TTL = 64
	}
	m := newModel(t, cfg)
	payload := bytes.Repeat([]byte("0123456789\r\n"), 100)
	for len(data) > 0 {
		op, arg := next(), next()
		switch op % 32 {
		case 0, 1, 2, 3, 4, 5, 6, 7:
			m.pub("", nil, payload[:arg%20])
		case 8:
			m.pub("reply.to", []byte("NATS/1.0\r\nA: b\r\n\r\n"), payload[:arg])
		case 9:
			m.pub("", nil, payload[:4*arg])
		case 10:
			m.sendControl([]byte("PONG\r\n"))
		case 11:
			m.sendControl([]byte("SUB x.> 1\r\nUNSUB 1\r\n"))
		case 12, 13:
			m.fence()
		case 14, 15, 16:
			m.takeBatch(1 + 16*arg)
		case 17, 18:
			m.wrote(1 << 20)
		case 19:
			m.wrote(arg)
		case 20, 21:
			m.serve(1 << 20)
		case 22:
			m.serve(8 * arg)
		case 23, 24, 25:
			m.pong()
		case 26:
			m.disconnect(arg * 8 * (arg & 1))
		case 27:
			m.connect([]byte("SUB a 1\r\nSUB b 2\r\nPUB c 2\r\nhi\r\n"[:[]int{9, 18, 31}[arg%3]]), 0)
		case 28:
			m.connect(nil, 10+2*arg)
		case 29:
			m.dropOldest(arg * (arg % 3))
		case 30:
			m.now += int64(arg % 16)
			m.b.Stamp(m.now)
			if arg > 128 {
				m.expire(m.now - cfg.TTL)
			}
		case 31:
			switch n := len(m.all); {
			case n > 0 && arg%4 == 0:
				m.poison = m.all[n-1].seq
			case n > 0 && arg%4 == 1:
				m.withdraw(arg/4%n, 1+arg/16%4)
			}
		}
		m.check()
	}
	m.finish()
}

// Checklist lines 22 (nothing comes before the prefix of a connection), 23 (only
// whole frames are replayed) and 29 (a loss at any moment loses nothing) are what
// the model checks at each step.
func TestRandomOperations(t *testing.T) {
	seeds := 200
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		data := make([]byte, 3+2*(50+r.IntN(800)))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		if !t.Run("", func(t *testing.T) { drive(t, data) }) {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzOperations(f *testing.F) {
	f.Add([]byte{1, 1, 0, 27, 0, 0, 9, 12, 0, 14, 99, 17, 0, 26, 0, 27, 0, 14, 99, 19, 7, 26, 0})
	f.Add([]byte{1, 0, 1, 9, 200, 9, 200, 27, 1, 14, 255, 29, 200, 19, 80, 29, 200, 26, 0, 28, 90})
	f.Fuzz(func(t *testing.T, data []byte) { drive(t, data[:min(len(data), 1000)]) })
}
