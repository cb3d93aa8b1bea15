package encoded

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
)

type message struct{ subject, reply, text string }

var decoder = Decoder[message]{
	Decode: func(m *message, p any) (err error) {
		switch p := p.(type) {
		case *int:
			*p, err = strconv.Atoi(m.text)
		case *string:
			*p = m.text
		default:
			err = fmt.Errorf("can't decode to %T", p)
		}
		return err
	},
	Subjects: func(m *message) (string, string) { return m.subject, m.reply },
}

func TestHandlers(t *testing.T) {
	type name string
	var got string
	for _, c := range []struct {
		cb   any
		want string
	}{
		{func(m *message) { got = m.text }, "7"},
		{func(n int) { got = fmt.Sprint(n) }, "7"},
		{func(n *int) bool { got = fmt.Sprint(*n); return true }, "7"},
		{func(s string) { got = s }, "7"},
		{func(subject string, n int) { got = fmt.Sprint(subject, n) }, "s7"},
		{func(subject name, reply string, n int) { got = fmt.Sprint(subject, reply, n) }, "sr7"},
		{func(_, _ string, m *message) { got = m.reply }, "r"},
		{nil, ""}, {7, ""}, {(func(int))(nil), ""}, {func() {}, ""}, {func(...int) {}, ""},
		{func(int, int) {}, ""}, {func(string, int, int) {}, ""}, {func(a, b, c, d string) {}, ""},
	} {
		got = ""
		h := Handler(c.cb, decoder)
		if (h != nil) != (c.want != "") {
			t.Errorf("%T: a handler: %v", c.cb, h != nil)
			continue
		}
		if h == nil {
			continue
		}
		if err := h(&message{"s", "r", "7"}); err != nil || got != c.want {
			t.Errorf("%T: %q, %v, want %q", c.cb, got, err, c.want)
		}
	}
	h := Handler(func(int) { t.Error("called with what can't be decoded") }, decoder)
	if err := h(&message{text: "x"}); !errors.Is(err, strconv.ErrSyntax) {
		t.Error(err)
	}
}

func TestPump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("failure")
		var published []any
		var told error
		publish := func(v any) error {
			if v == 3 {
				return failure
			}
			published = append(published, v)
			return nil
		}
		failed := func(err error) { told = err }
		ch := make(chan int)
		if !Pump(ch, publish, failed) {
			t.Fatal("refused")
		}
		ch <- 1
		ch <- 2
		synctest.Wait()
		if fmt.Sprint(published) != "[1 2]" || told != nil {
			t.Errorf("published %v, told %v", published, told)
		}
		ch <- 3
		synctest.Wait()
		select {
		case ch <- 4:
			t.Error("it is read behind the failure")
		default:
		}
		if told != failure {
			t.Error(told)
		}
		closed := make(chan int)
		close(closed)
		Pump(closed, func(any) error { t.Error("published"); return nil }, nil)
		for _, none := range []any{nil, 7, make(chan<- int)} {
			if Pump(none, publish, failed) {
				t.Errorf("%T is read", none)
			}
		}
	})
}

func TestInto(t *testing.T) {
	over := make(chan struct{})
	ch := make(chan int, 1)
	into := Into(ch, decoder)
	if open, err := into(&message{text: "7"}, over); !open || err != nil || <-ch != 7 {
		t.Error(open, err)
	}
	if open, err := into(&message{text: "x"}, over); !open || !errors.Is(err, strconv.ErrSyntax) || len(ch) != 0 {
		t.Error(open, err)
	}
	ch <- 1
	close(over)
	if open, err := into(&message{text: "7"}, over); !open || err != nil {
		t.Error(open, err)
	}
	closed := make(chan int)
	close(closed)
	if open, err := Into(closed, decoder)(&message{text: "7"}, make(chan struct{})); open || err != nil {
		t.Error(open, err)
	}
	for _, none := range []any{nil, 7, make(<-chan int)} {
		if Into(none, decoder) != nil {
			t.Errorf("%T is sent to", none)
		}
	}
}
