package receive

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// ends are the ways in which a subscription with a channel ends. Each returns when, by
// what it promises, the program may close the channel.
var ends = []struct {
	name string
	end  func(t *table, h *testHost, s *subscription)
}{
	{"Remove", func(_ *table, _ *testHost, s *subscription) { s.in.Remove(true) }},
	{"Remove, twice at once", func(_ *table, _ *testHost, s *subscription) {
		go s.in.Remove(false)
		s.in.Remove(true)
	}},
	{"Unsubscribe", func(_ *table, _ *testHost, s *subscription) { s.in.Unsubscribe(0) }},
	{"Unsubscribe by count", func(_ *table, _ *testHost, s *subscription) {
		s.in.Unsubscribe(1)
		<-s.in.Over()
	}},
	{"Closed", func(_ *table, _ *testHost, s *subscription) {
		closed := make(chan struct{})
		s.in.OnClosed(func(string) { close(closed) })
		go s.in.Remove(true)
		<-closed
	}},
	{"a status", func(_ *table, _ *testHost, s *subscription) {
		ch := listen(s).C()
		go s.in.Remove(true)
		for st := range ch {
			if st == statusInt(Closed) {
				return
			}
		}
	}},
	{"not valid any more", func(_ *table, _ *testHost, s *subscription) {
		go s.in.Remove(true)
		for s.in.Valid() {
			runtime.Gosched()
		}
	}},
	{"Drain", func(t *table, _ *testHost, s *subscription) {
		s.in.Drain() // no link, so nothing can come: it ends when the channel is empty
		<-s.in.Over()
	}},
	{"CutOff", func(t *table, _ *testHost, _ *subscription) { t.CutOff() }},
	{"CloseAll", func(t *table, _ *testHost, _ *subscription) { t.CloseAll() }},
}

// However fast messages come in: once the end of a subscription was told, in whatever
// way, nothing is sent on its channel.
func TestNothingIsSentAfterTheEnd(t *testing.T) {
	for _, way := range ends {
		t.Run(way.name, func(t *testing.T) {
			for range 40 {
				table, h := newTable()
				ch := make(chan *message, 64)
				s := add(t, table, config{Subject: "x", Channel: ch})
				flood := make([]byte, 0, 4<<10)
				for range 100 {
					flood = append(flood, msg(1, "x")...)
				}
				stop := make(chan struct{})
				var reader, program sync.WaitGroup
				reader.Go(func() { // a send on a closed channel panics
					in := newInbound(table, newLink())
					for {
						select {
						case <-stop:
							return
						default:
							in.parse(flood)
						}
					}
				})
				program.Go(func() {
					for range ch {
					}
				})
				way.end(table, h, s)
				close(ch)
				program.Wait()
				runtime.Gosched()
				close(stop)
				reader.Wait()
			}
		})
	}
}

// What is sent to a program is sent by the feed, which can be ended, or by a listener,
// which is told under the subscription's lock. All other sends are the package's own.
func TestOnlyTheFeedSends(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sends := make(map[string]int)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SendStmt:
				to := n.Chan.(*ast.SelectorExpr)
				sends[file+" "+to.X.(*ast.Ident).Name+"."+to.Sel.Name]++
			case *ast.SelectorExpr:
				x, ok := n.X.(*ast.SelectorExpr)
				if ok && x.Sel.Name == "feed" && (n.Sel.Name == "out" || n.Sel.Name == "in" || n.Sel.Name == "mu") {
					t.Errorf("%s reaches into the feed", file)
				}
			}
			return true
		})
	}
	if len(sends) != 2 || sends["feed.go f.out"] != 1 || sends["deliver.go s.wake"] != 1 {
		t.Errorf("sends: %v", sends)
	}
}

// A subscription that the table takes when the connection is just being closed gets
// nothing, and one that comes later isn't taken.
func TestSubscriptionsOfAConnectionThatCloses(t *testing.T) {
	table, h := newTable()
	table.CutOff()
	ch := make(chan *message, 1)
	s := add(t, table, config{Subject: "x", Channel: ch})
	newInbound(table, newLink()).parse(msg(1, "x"))
	if len(ch) != 0 {
		t.Error("a message was sent after the channels were cut off")
	}
	own := add(t, table, config{Subject: "inbox", Inline: func(*message) {}})
	table.CloseAll()
	if s.in.Valid() || !own.in.Valid() {
		t.Errorf("after the end one is valid: %v, the client's own: %v", s.in.Valid(), own.in.Valid())
	}
	table.CloseOwn()
	if own.in.Valid() {
		t.Error("the client's own is valid for ever")
	}
	late := new(subscription)
	if err := table.Add(&late.in, late, config{Subject: "x"}); err != ConnectionClosed {
		t.Errorf("late: %v", err)
	}
	drains, h2 := newTable()
	h2.draining = true
	if err := drains.Add(&late.in, late, config{Subject: "x"}); err != ConnectionDraining {
		t.Errorf("in a drain: %v", err)
	}
	if got := h.said(); got != "SUB x 1\r\nSUB inbox 2\r\n" {
		t.Errorf("the server was told %q", got)
	}
}
