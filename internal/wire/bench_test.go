package wire

import (
	"bytes"
	"testing"
)

// stream returns about 64 KiB of one message repeated, like a full read buffer.
func stream(msg []byte) (buf []byte, n int) {
	n = max(1, 64<<10/len(msg))
	return bytes.Repeat(msg, n), n
}

func benchmarkParse(b *testing.B, msg []byte) {
	buf, _ := stream(msg)
	p, op := new(Parser), new(Op)
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	at := 0
	for b.Loop() {
		if at == len(buf) {
			at = 0
		}
		n, err := p.Next(buf[at:], op)
		if n == 0 || err != nil {
			b.Fatal(n, err)
		}
		at += n
	}
}

func benchmarkParseMsg(b *testing.B, size int) {
	benchmarkParse(b, AppendMsg(nil, "orders.created.eu", 42, "", nil, make([]byte, size)))
}

func BenchmarkParseMsg16(b *testing.B)   { benchmarkParseMsg(b, 16) }
func BenchmarkParseMsg128(b *testing.B)  { benchmarkParseMsg(b, 128) }
func BenchmarkParseMsg4096(b *testing.B) { benchmarkParseMsg(b, 4096) }

func BenchmarkParseMsgReply(b *testing.B) {
	benchmarkParse(b, AppendMsg(nil, "orders.created.eu", 42, "_INBOX.Ab3dEf6hIj9kLm2nOp5qRs.X8yZ1", nil, make([]byte, 16)))
}

func BenchmarkParseHMsg16(b *testing.B) {
	hdr := AppendHeader(nil, map[string][]string{"Nats-Msg-Id": {"1"}})
	benchmarkParse(b, AppendMsg(nil, "orders.created.eu", 42, "", hdr, make([]byte, 16)))
}

func BenchmarkParsePub16(b *testing.B) {
	benchmarkParse(b, AppendPub(nil, "orders.created.eu", "", nil, make([]byte, 16)))
}

func BenchmarkParsePing(b *testing.B) { benchmarkParse(b, []byte(PingLine)) }

// BenchmarkParseByteAtATime is the cost per byte of a message that trickles in.
func BenchmarkParseByteAtATime(b *testing.B) {
	msg := AppendMsg(nil, "orders.created.eu", 42, "", nil, make([]byte, 4096))
	p, op := new(Parser), new(Op)
	b.ReportAllocs()
	have := 0
	for b.Loop() {
		have++
		n, err := p.Next(msg[:have], op)
		if err != nil {
			b.Fatal(err)
		}
		if n > 0 {
			have = 0
		}
	}
}

func benchmarkPub(b *testing.B, size int) {
	dst, data := make([]byte, 0, 8<<10), make([]byte, size)
	b.SetBytes(int64(PubSize("orders.created.eu", "", 0, size)))
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendPub(dst[:0], "orders.created.eu", "", nil, data)
	}
}

func BenchmarkAppendPub16(b *testing.B)   { benchmarkPub(b, 16) }
func BenchmarkAppendPub128(b *testing.B)  { benchmarkPub(b, 128) }
func BenchmarkAppendPub4096(b *testing.B) { benchmarkPub(b, 4096) }

var benchHeader = map[string][]string{
	"Nats-Msg-Id":  {"b7c0b1d2"},
	"Content-Type": {"application/json"},
	"Trace":        {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
}

func BenchmarkHeaderSize(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		HeaderSize(benchHeader)
	}
}
