package wire

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// show writes an op on one line, absent fields left out.
func show(op *Op) string {
	var b strings.Builder
	b.WriteString(op.Kind.String())
	if op.SID != 0 {
		fmt.Fprintf(&b, " sid=%d", op.SID)
	}
	if op.Max != 0 {
		fmt.Fprintf(&b, " max=%d", op.Max)
	}
	for _, f := range []struct {
		name string
		b    []byte
	}{
		{"subject", op.Subject}, {"reply", op.Reply}, {"queue", op.Queue},
		{"header", op.Header}, {"payload", op.Payload}, {"arg", op.Arg},
	} {
		if f.b != nil {
			fmt.Fprintf(&b, " %s=%q", f.name, f.b)
		}
	}
	return b.String()
}

// outcome is what a stream gave.
type outcome struct {
	ops  []string
	err  *SyntaxError
	left int // bytes that wait for more
}

// equal ignores how much of the line an error shows: that depends on what had
// arrived.
func (o outcome) equal(other outcome) bool {
	if !reflect.DeepEqual(o.ops, other.ops) || (o.err == nil) != (other.err == nil) {
		return false
	}
	if o.err == nil {
		return o.left == other.left
	}
	return o.err.What == other.err.What && o.err.Err == other.err.Err
}

func (o outcome) String() string {
	s := strings.Join(o.ops, "\n")
	if o.err != nil {
		return s + "\nerror: " + o.err.Error()
	}
	return fmt.Sprintf("%s\nleft: %d", s, o.left)
}

// feed gives data to p in pieces that end where cut says; cut returns the length
// of the next piece. Each piece goes to a buffer of its own, so that a slice kept
// into an older one shows.
func feed(t testing.TB, p *Parser, data []byte, cut func(left int) int) outcome {
	t.Helper()
	var o outcome
	var pending []byte
	for len(data) > 0 {
		k := cut(len(data))
		pending = append(bytes.Clone(pending), data[:k]...)
		data = data[k:]
		for len(pending) > 0 {
			op := Op{
				Kind: OK, SID: 99, Max: 99, Subject: junk, Reply: junk, Queue: junk,
				Header: junk, Payload: junk, Arg: junk,
			}
			n, err := next(t, p, pending, &op)
			if err != nil {
				o.err = err
				return o
			}
			if n == 0 {
				break
			}
			o.ops = append(o.ops, show(&op))
			pending = pending[n:]
		}
	}
	o.left = len(pending)
	return o
}

var junk = []byte("stale")

// next calls Next and checks what holds for any bytes.
func next(t testing.TB, p *Parser, buf []byte, op *Op) (int, *SyntaxError) {
	t.Helper()
	same := *p
	n, err := p.Next(buf, op)

	// The fast path must agree with the one that takes everything.
	var viaSlow Op
	n2, err2 := same.slow(buf, &viaSlow)
	if n != n2 || (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() ||
		n > 0 && !sameOp(op, &viaSlow) || *p != same {
		t.Fatalf("Next and slow differ on %q:\n%d %v %s %+v\n%d %v %s %+v",
			buf, n, err, show(op), *p, n2, err2, show(&viaSlow), same)
	}

	var serr *SyntaxError
	if err != nil {
		if !errors.As(err, &serr) {
			t.Fatalf("error is a %T, not a *SyntaxError", err)
		}
		if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrTooLarge) {
			t.Fatalf("error %v has no class", err)
		}
		if len(serr.Excerpt) > maxExcerpt || len(serr.Error()) > 600 {
			t.Fatalf("error is unbounded: %v", serr)
		}
	}
	switch {
	case n < 0 || n > len(buf):
		t.Fatalf("Next took %d of %d bytes", n, len(buf))
	case n > 0 && err != nil:
		t.Fatalf("Next took %d bytes and failed with %v", n, err)
	case n > 0:
		checkInside(t, buf[:n], op)
		if p.Need() != 0 {
			t.Fatalf("Need is %d after an operation", p.Need())
		}
	case err == nil && p.Need() != 0 && p.Need() <= len(buf):
		t.Fatalf("Need is %d with %d bytes there", p.Need(), len(buf))
	}
	if n == 0 && !sameOp(op, &Op{}) {
		t.Fatalf("op isn't empty without an operation: %s", show(op))
	}
	return n, serr
}

// sameOp reports whether a and b hold the same, absent fields told from empty
// ones.
func sameOp(a, b *Op) bool {
	same := func(x, y []byte) bool { return (x == nil) == (y == nil) && bytes.Equal(x, y) }
	return a.Kind == b.Kind && a.SID == b.SID && a.Max == b.Max &&
		same(a.Subject, b.Subject) && same(a.Reply, b.Reply) && same(a.Queue, b.Queue) &&
		same(a.Header, b.Header) && same(a.Payload, b.Payload) && same(a.Arg, b.Arg)
}

// checkInside checks that op's slices lie within buf and can't grow over it.
func checkInside(t testing.TB, buf []byte, op *Op) {
	t.Helper()
	low := uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	for _, b := range [][]byte{op.Subject, op.Reply, op.Queue, op.Header, op.Payload, op.Arg} {
		if b == nil {
			continue
		}
		at := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		if at < low || at+uintptr(len(b)) > low+uintptr(len(buf)) {
			t.Fatalf("slice %q lies outside of the operation's bytes", b)
		}
		if cap(b) != len(b) {
			t.Fatalf("slice %q has room of %d bytes behind it", b, cap(b)-len(b))
		}
	}
}

func whole(left int) int { return left }

func bytewise(int) int { return 1 }

// inTwo cuts once, at the given offset.
func inTwo(at int) func(int) int {
	return func(left int) int {
		k := at
		at = 0
		if k == 0 || k > left {
			return left
		}
		return k
	}
}
