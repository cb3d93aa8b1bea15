package receive

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What the reader finds besides messages is told in its turn, the end is told last, and
// what came in before the end counts.
func TestReaderTellsInOrder(t *testing.T) {
	table, _ := newTable()
	l := newLink()
	add(t, table, config{Subject: "x", Inline: func(m *message) { l.told = append(l.told, "MSG "+string(m.Data)) }})
	l.rest = []byte("MSG x 1 1\r\n1\r\nPI")
	l.reads <- []byte("NG\r\nMSG x 1 1\r\n2\r\nPONG\r\nINFO {}\r\nMSG x 1 1\r\n3\r\n-ERR 'no'\r\nMSG x 1 1\r\n4\r\nMSG x 1 9\r\nhalf")
	close(l.reads)
	table.Resume(l, func([]byte, []int, int) {})
	over := table.reading.overLocked()
	table.Read(l)
	<-over
	want := "MSG 1,PING,MSG 2,PONG,INFO {},MSG 3,-ERR no,MSG 4"
	if got := strings.Join(l.told, ","); got != want || l.lost == nil {
		t.Errorf("told %s and the end %v, want %s", got, l.lost, want)
	}
	table.mu.Lock()
	defer table.mu.Unlock()
	if table.reading != nil {
		t.Error("a reader that has ended is kept")
	}
}

// What a link has brought comes before what its successor brings. One that doesn't end
// is left behind.
func TestLinksComeOneAfterAnother(t *testing.T) {
	for _, ends := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			table, _ := newTable()
			var mu sync.Mutex
			var all []string
			got := func() []string {
				mu.Lock()
				defer mu.Unlock()
				return slices.Clone(all)
			}
			add(t, table, config{Subject: "x", Inline: func(m *message) {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, string(m.Data))
			}})
			first, second := newLink(), newLink()
			for _, l := range []*testLink{first, second} {
				table.Resume(l, func([]byte, []int, int) {})
				table.Read(l)
			}
			second.reads <- msg(1, "second")
			time.Sleep(readerPatience / 2)
			synctest.Wait()
			if got := got(); len(got) != 0 {
				t.Errorf("%v came in while the link before was still read", got)
			}
			want := []string{"second"}
			if ends {
				first.reads <- msg(1, "first")
				close(first.reads)
				want = []string{"first", "second"}
			}
			time.Sleep(readerPatience)
			synctest.Wait()
			if got := got(); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if !ends {
				close(first.reads)
			}
			close(second.reads)
			synctest.Wait()
		})
	}
}
