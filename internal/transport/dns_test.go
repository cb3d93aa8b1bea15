package transport

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// dns is a name server on loopback that knows a few names, and can be told to
// stay silent.
type dns struct {
	t    *testing.T
	conn net.PacketConn

	mu     sync.Mutex
	hosts  map[string][]netip.Addr
	silent bool
	asked  int
}

func newDNS(t *testing.T) *dns {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &dns{t: t, conn: conn, hosts: make(map[string][]netip.Addr)}
	done := make(chan struct{})
	go func() { defer close(done); d.serve() }()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return d
}

// set gives the name its addresses.
func (d *dns) set(name string, addrs ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hosts[name] = nil
	for _, a := range addrs {
		d.hosts[name] = append(d.hosts[name], netip.MustParseAddr(a))
	}
}

func (d *dns) hush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.silent = true
}

func (d *dns) queries() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func (d *dns) resolver() *net.Resolver {
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "udp", d.conn.LocalAddr().String())
		},
	}
}

func (d *dns) serve() {
	b := make([]byte, 1500)
	for {
		n, from, err := d.conn.ReadFrom(b)
		if err != nil {
			return
		}
		if answer := d.answer(b[:n]); answer != nil {
			_, _ = d.conn.WriteTo(answer, from)
		}
	}
}

// answer builds the answer to a query with one question, as RFC 1035 says.
func (d *dns) answer(query []byte) []byte {
	const header = 12
	if len(query) < header {
		return nil
	}
	i := header
	var labels []string
	for i < len(query) && query[i] != 0 {
		l := int(query[i])
		if i+1+l >= len(query) {
			return nil
		}
		labels = append(labels, string(query[i+1:i+1+l]))
		i += 1 + l
	}
	i++
	if i+4 > len(query) {
		return nil
	}
	kind := binary.BigEndian.Uint16(query[i:])
	question := query[header : i+4]

	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if d.silent {
		return nil
	}
	addrs, known := d.hosts[strings.ToLower(strings.Join(labels, "."))]
	var records [][]byte
	for _, a := range addrs {
		if kind == 1 && a.Is4() || kind == 28 && a.Is6() {
			records = append(records, a.AsSlice())
		}
	}
	flags := uint16(0x8580) // an authoritative answer
	if !known {
		flags |= 3 // no such name
	}
	out := append([]byte(nil), query[:2]...)
	for _, v := range []uint16{flags, 1, uint16(len(records)), 0, 0} {
		out = binary.BigEndian.AppendUint16(out, v)
	}
	out = append(out, question...)
	for _, r := range records {
		out = binary.BigEndian.AppendUint16(out, 0xc000|header) // the name of the question
		out = binary.BigEndian.AppendUint16(out, kind)
		out = binary.BigEndian.AppendUint16(out, 1)
		out = binary.BigEndian.AppendUint32(out, 0)
		out = binary.BigEndian.AppendUint16(out, uint16(len(r)))
		out = append(out, r...)
	}
	return out
}
