package objectstore

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// drip gives one byte a second.
type drip struct{ given int }

func (d *drip) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	d.given++
	p[0] = 'x'
	return 1, nil
}

func TestPutNoticesItsContextsEndBetweenReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		d := &drip{}
		_, err := s.Put(ctx, Meta{Name: "x"}, d)
		if err != context.DeadlineExceeded || d.given > 3 || h.chunks() != 0 {
			t.Errorf("%v after %d bytes, %d chunks", err, d.given, h.chunks())
		}
	})
}

func TestGetEndsWithItsContext(t *testing.T) {
	for what, text := range map[string]string{"one chunk": "ab", "several": strings.Repeat("ab", 20)} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newStore()
			if _, err := put(s, text); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			r, err := s.Get(ctx, "x", false)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("%s: %d, %v", what, n, err)
			}
			time.Sleep(2 * time.Second)
			if n, err := r.Read(nil); n != 0 || err != errTimeout {
				t.Errorf("%s: %d, %v", what, n, err)
			}
			if r.Error() != errTimeout {
				t.Errorf("%s: it ended with %v", what, r.Error())
			}
		})
		synctest.Test(t, func(t *testing.T) {
			s, _ := newStore()
			if _, err := put(s, text); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			r, err := s.Get(ctx, "x", false)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			cancel()
			if _, again := r.Read(make([]byte, 1)); string(got) != text || err != nil || again != io.EOF {
				t.Errorf("%s: %q, %v, and behind it %v", what, got, err, again)
			}
		})
	}
}
