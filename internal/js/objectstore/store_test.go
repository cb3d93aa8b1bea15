package objectstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/js/api"
	"github.com/evernats/nats/internal/js/object"
	"github.com/evernats/nats/internal/js/port"
)

var (
	errNotFound = errors.New("not found")
	errNothing  = errors.New("no message")
	errDamaged  = errors.New("damaged")
	errTimeout  = errors.New("timeout")
	errAway     = errors.New("away")
	errInDoubt  = errors.New("in doubt")
	errFull     = errors.New("no room")
	errRefused  = errors.New("refused")
	errBusy     = errors.New("too much to do")
	errGone     = errors.New("no such message")
	errNoStream = errors.New("no stream")
)

// host is a stream in memory.
type host struct {
	mu     sync.Mutex
	msgs   map[string][]Stored
	seq    uint64
	fail   map[string][]error // what the next calls of a method fail with
	take   func(Answer)
	lose   int // so many chunks aren't stored, nor answered
	purged []string
	behind time.Time // until then it says that it has no messages, or
	away   error     // fails with this

	ids    map[uint64]string         // of the messages; nil: they have none
	copies []func([]Stored) []Stored // what the servers of the next readings make of a subject
	reads  []Reading                 // that were begun
	more   int                       // so many messages are counted that don't come
}

func (h *host) failure(method string) (err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list := h.fail[method]; len(list) > 0 {
		err, h.fail[method] = list[0], list[1:]
	}
	return err
}

func (h *host) add(subject string, data []byte) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	m := Stored{Data: append([]byte(nil), data...), Seq: h.seq, At: time.Unix(int64(h.seq), 0)}
	if strings.Contains(subject, ".M.") {
		h.msgs[subject] = nil // a roll-up
	}
	h.msgs[subject] = append(h.msgs[subject], m)
	return h.seq
}

func (h *host) NewInbox() string  { return "_INBOX.x" }
func (h *host) MaxPayload() int64 { return 1 << 20 }

type sub struct{}

func (sub) Stop()  {}
func (sub) Drain() {}

func (h *host) Inline(_ string, take func(Answer), _ func()) (port.Sub, error) {
	h.take = take
	return sub{}, nil
}

func (h *host) Watch(port.Listener) (port.Link, bool) { return port.Link{}, true }
func (h *host) Unwatch(port.Listener)                 {}

func (h *host) Queue(subject, reply string, hdr, data []byte) (uint64, error) {
	h.mu.Lock()
	if h.lose > 0 {
		h.lose--
		h.mu.Unlock()
		return 1, nil
	}
	h.mu.Unlock()
	seq := h.add(subject, data)
	if h.ids != nil {
		id, _, _ := strings.Cut(strings.TrimPrefix(string(hdr), "NATS/1.0\r\nNats-Msg-Id: "), "\r")
		h.ids[seq] = id
	}
	go h.take(Answer{Subject: reply, Data: fmt.Appendf(nil, `{"stream":"OBJ_B","seq":%d}`, seq)})
	return 1, nil
}

func (h *host) Last(_ context.Context, subject string, _ bool) (Stored, error) {
	if err := h.failure("last"); err != nil {
		return Stored{}, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if list := h.msgs[subject]; len(list) > 0 {
		return list[len(list)-1], nil
	}
	return Stored{}, errNothing
}

func (h *host) Publish(_ context.Context, subject string, _ map[string][]string, data []byte) (uint64, error) {
	if err := h.failure("publish"); err != nil {
		return 0, err
	}
	return h.add(subject, data), nil
}

func (h *host) Count(_ context.Context, subject string) (uint64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Now().Before(h.behind) {
		return 0, h.away
	}
	return uint64(len(h.msgs[subject])), nil
}

func (h *host) Purge(_ context.Context, subject string) error {
	if err := h.failure("purge"); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.purged = append(h.purged, subject)
	delete(h.msgs, subject)
	return nil
}

func (h *host) Remove(_ context.Context, seq uint64) error {
	if err := h.failure("remove"); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	had := false
	for subject, list := range h.msgs {
		h.msgs[subject] = slices.DeleteFunc(list, func(m Stored) bool { had = had || m.Seq == seq; return m.Seq == seq })
	}
	if !had {
		return errGone
	}
	return nil
}

func (h *host) Bucket(context.Context, string) (*Store, error) { return nil, errNotFound }

func (h *host) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, 5*time.Second)
}

// source gives what a stream has, and then nothing.
type source struct {
	list    []Stored
	ids     map[uint64]string
	more    int
	next    int
	late    time.Time // what follows the first comes then
	stopped bool
}

func (h *host) Read(_ context.Context, subject string, how Reading) (Source, error) {
	if err := h.failure("read"); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reads = append(h.reads, how)
	list := h.msgs[subject]
	if len(h.copies) > 0 {
		list, h.copies = h.copies[0](slices.Clone(list)), h.copies[1:]
	}
	for len(list) > 0 && list[0].Seq <= how.After {
		list = list[1:]
	}
	return &source{list: list, ids: h.ids, more: h.more}, nil
}

func (s *source) Pending() uint64 { return uint64(len(s.list)) }
func (s *source) Stop()           { s.stopped = true }

// Done spoils what isn't to be read any more.
func (s *source) Done(data []byte) { clear(data) }

func (s *source) Next(ctx context.Context, wait time.Duration) (c Chunk, ok bool, err error) {
	if s.next < len(s.list) && (s.next == 0 || !time.Now().Before(s.late)) {
		m := s.list[s.next]
		s.next++
		return Chunk{Data: bytes.Clone(m.Data), ID: s.ids[m.Seq], Seq: m.Seq, Pending: uint64(len(s.list) - s.next + s.more)}, true, nil
	}
	select {
	case <-time.After(wait):
		return c, false, nil
	case <-ctx.Done():
		return c, false, ctx.Err()
	}
}

func newStore() (*Store, *host) {
	h := &host{msgs: map[string][]Stored{}, fail: map[string][]error{}}
	return New("B", h, &Errors{
		NotFound: errNotFound, NoMessage: errNothing, DigestMismatch: errDamaged, Timeout: errTimeout, InDoubt: errInDoubt,
		BadMeta: errors.New("bad"), NoStream: errNoStream, NoRoom: []error{errFull}, Passing: []error{errAway},
		Codes: func(err error) (code, errCode int, ok bool) {
			if errors.Is(err, errBusy) {
				return 429, 10167, true
			}
			if errors.Is(err, errGone) {
				return 400, 10043, true
			}
			return 400, 1, errors.Is(err, errRefused)
		},
		Refused: func(e *api.Error) error { return errRefused },
	}), h
}

func (h *host) chunks() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for subject, list := range h.msgs {
		if strings.Contains(subject, ".C.") {
			n += len(list)
		}
	}
	return n
}

func put(s *Store, text string) (*Info, error) {
	return s.Put(context.Background(), Meta{Name: "x", Opts: &Options{ChunkSize: 4}}, strings.NewReader(text))
}

func get(s *Store) (string, error) {
	r, err := s.Get(context.Background(), "x", false)
	if err != nil {
		return "", err
	}
	b, err := r.All()
	return string(b), err
}

// An object is put and read through answers that fail for a while and chunks that are lost.
func TestPutAndGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		h.fail["last"] = []error{errFull}
		h.fail["read"] = []error{errAway, context.DeadlineExceeded}
		h.fail["publish"] = []error{errFull}
		h.fail["remove"] = []error{errAway}
		h.lose = 1
		info, err := put(s, "abcdefghij")
		if err != nil || info.Chunks != 3 || info.Size != 10 {
			t.Fatalf("%+v, %v", info, err)
		}
		h.fail["read"] = []error{errAway}
		if got, err := get(s); err != nil || got != "abcdefghij" {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := put(s, "anew"); err != nil {
			t.Error(err)
		}
		if got, err := get(s); err != nil || got != "anew" || h.chunks() != 1 {
			t.Errorf("%q, %v, %d chunks", got, err, h.chunks())
		}
	})
}

// What fails leaves no chunk, unless it may be announced.
func TestPutThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		if _, err := put(s, "old"); err != nil {
			t.Fatal(err)
		}
		h.fail["purge"] = []error{errAway}
		bad := errors.New("bad")
		if _, err := s.Put(context.Background(), Meta{Name: "x"}, io.MultiReader(strings.NewReader("more"), failing{bad})); err != bad {
			t.Errorf("the reader fails: %v", err)
		}
		h.fail["publish"] = []error{errRefused}
		if _, err := put(s, "refused"); err != errRefused {
			t.Errorf("refused: %v", err)
		}
		if got, err := get(s); err != nil || got != "old" || h.chunks() != 1 {
			t.Errorf("%q, %v, %d chunks", got, err, h.chunks())
		}
		h.fail["publish"] = []error{errAway}
		if _, err := put(s, "doubt"); !errors.Is(err, errInDoubt) || !errors.Is(err, errAway) || h.chunks() != 3 {
			t.Errorf("in doubt: %v, %d chunks", err, h.chunks())
		}
	})
}

// A stream that has too much to do, or no leader, is asked again, also for the last message
// of an object; and while it refuses that the object isn't there, for sure.
func TestPutThatIsRefusedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, h := newStore()
		h.fail["last"] = []error{context.DeadlineExceeded, errBusy}
		h.fail["publish"] = []error{errBusy, errFull, errBusy, errBusy}
		if info, err := put(s, "abcdefghij"); err != nil || info.Chunks != 3 {
			t.Fatalf("%+v, %v", info, err)
		}
		h.fail["publish"] = slices.Repeat([]error{errBusy}, 100)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		begin := time.Now()
		_, err := s.Put(ctx, Meta{Name: "x"}, strings.NewReader("more"))
		if !errors.Is(err, errBusy) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errInDoubt) || time.Since(begin) != 20*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if got, err := get(s); err != nil || got != "abcdefghij" || h.chunks() != 3 {
			t.Errorf("%q, %v, %d chunks", got, err, h.chunks())
		}
		h.fail["publish"] = []error{errBusy}
		if err := s.Delete(context.Background(), "x"); err != nil || h.chunks() != 0 {
			t.Errorf("%v, %d chunks", err, h.chunks())
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// An object that isn't whole is never read as one, and its reader doesn't wait for ever.
func TestGetOfWhatIsDamaged(t *testing.T) {
	for what, damage := range map[string]func([]Stored) []Stored{
		"one is missing":      func(l []Stored) []Stored { return append(l[:1:1], l[2:]...) },
		"the last is missing": func(l []Stored) []Stored { return l[:2] },
		"one is twice": func(l []Stored) []Stored {
			l = append(l[:1:1], l...)
			for i := range l {
				l[i].Seq = uint64(i + 1)
			}
			return l
		},
		"one is another": func(l []Stored) []Stored { l[1].Data = []byte("zzzz"); return l },
	} {
		synctest.Test(t, func(t *testing.T) {
			s, h := newStore()
			info, err := put(s, "abcdefghij")
			if err != nil {
				t.Fatal(err)
			}
			subject := object.ChunksOf("B", info.NUID)
			h.msgs[subject] = damage(h.msgs[subject])
			begin := time.Now()
			if got, err := get(s); err != errDamaged || time.Since(begin) > lostFor+2*time.Second {
				t.Errorf("%s: %q, %v after %v", what, got, err, time.Since(begin))
			}
		})
	}
}

// A server that was just elected may have less for a while than there is; an object that is
// another by now isn't waited for.
func TestChunksThatSeemToBeMissing(t *testing.T) {
	for what, away := range map[string]error{"less": nil, "no stream": errNoStream, "replaced": nil} {
		replaced := what == "replaced"
		synctest.Test(t, func(t *testing.T) {
			s, h := newStore()
			h.away = away
			if _, err := put(s, "abcdefghij"); err != nil {
				t.Fatal(err)
			}
			r, err := s.Get(context.Background(), "x", false)
			if err != nil {
				t.Fatal(err)
			}
			from := r.from.(*source)
			from.late = time.Now().Add(lostFor * 3 / 4)
			h.behind = time.Now().Add(lostFor / 2)
			if replaced {
				if _, err := put(s, "other"); err != nil {
					t.Fatal(err)
				}
			}
			begin := time.Now()
			got, err := r.All()
			switch took := time.Since(begin); {
			case replaced && (err != errDamaged || took > 2*time.Second):
				t.Errorf("replaced: %q, %v after %v", got, err, took)
			case !replaced && (err != nil || string(got) != "abcdefghij"):
				t.Errorf("%s: %q, %v after %v", what, got, err, took)
			}
		})
	}
}

// A source that gives nothing ends the reading after a while, if the context doesn't.
func TestGetWithoutProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newStore()
		if _, err := put(s, "abcdefghij"); err != nil {
			t.Fatal(err)
		}
		silent := func(ctx context.Context) error {
			r, err := s.Get(ctx, "x", false)
			if err != nil {
				t.Fatal(err)
			}
			from := r.from.(*source)
			from.next = len(from.list)
			_, err = r.Read(make([]byte, 1))
			if !from.stopped || r.Error() != err {
				t.Errorf("%v, %v", err, r.Error())
			}
			return err
		}
		begin := time.Now()
		if err := silent(context.Background()); !errors.Is(err, errTimeout) || time.Since(begin) < Patience {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		begin = time.Now()
		if err := silent(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// A copy that is behind what this handle said isn't believed, and an info is as nats.go
// writes it.
func TestInfo(t *testing.T) {
	b, err := json.Marshal(Info{Meta: Meta{Name: "n", Opts: &Options{Link: &Link{Bucket: "C"}}}, Bucket: "B", NUID: "N"})
	want := `{"name":"n","options":{"link":{"bucket":"C"}},"bucket":"B","nuid":"N","size":0,"mtime":"0001-01-01T00:00:00Z","chunks":0}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	var w written
	if w.note("a", 5); w.floor("a") != 5 || w.floor("b") != 0 {
		t.Error("it isn't noted")
	}
	if w.note("a", 3); w.floor("a") != 5 {
		t.Error("an older one is noted")
	}
}
