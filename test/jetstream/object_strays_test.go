package jetstream

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"io"
	"strconv"
	"testing"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

// storeByHand stores an object of three chunks, whose chunks come in that order into the
// stream, and returns where each is.
func storeByHand(t *testing.T, js jetstream.JetStream, name string, order ...int) (seqs []uint64) {
	t.Helper()
	for i, n := range order {
		m := nats.NewMsg("$O.B.C." + name)
		m.Data = []byte{'a' + byte(n%26)}
		m.Header.Set(jetstream.MsgIDHeader, name+"."+strconv.FormatInt(int64(n), 36)+"."+strconv.Itoa(i))
		seqs = append(seqs, must1[*jetstream.PubAck](t)(js.PublishMsg(within(t), m)).Sequence)
	}
	info := must1[[]byte](t)(json.Marshal(map[string]any{
		"name": name, "bucket": "B", "nuid": name, "size": 3, "chunks": 3, "digest": jetstream.GetObjectDigestValue(sumOf("abc")),
	}))
	must1[*jetstream.PubAck](t)(js.Publish(within(t), "$O.B.M."+base64.URLEncoding.EncodeToString([]byte(name)), info))
	return seqs
}

// A server that comes back may give chunks that a Put took out of the stream, sent before
// others were in their place; or leave some out. Read is what was put.
func TestChunksOutOfTheirPlace(t *testing.T) {
	t.Parallel()
	_, nc, js, _ := single(t)
	b := bucket(t, js)
	old := must1[nats.ObjectStore](t)(older(t, nc).ObjectStore("B"))
	faces := map[string]func(name string) (io.Reader, error){
		"new":   func(name string) (io.Reader, error) { return b.Get(within(t), name) },
		"older": func(name string) (io.Reader, error) { return old.Get(name) },
	}
	for face, get := range faces {
		storeByHand(t, js, face+"strays", 0, 2, 1, 2)
		r := must1[io.Reader](t)(get(face + "strays"))
		if got, err := io.ReadAll(r); err != nil || string(got) != "abc" {
			t.Errorf("%s: %q, %v", face, got, err)
		}
		// One so far ahead says that others are left out, until it is gone.
		seqs := storeByHand(t, js, face+"hole", 0, 600, 1, 2)
		r = must1[io.Reader](t)(get(face + "hole"))
		must1[int](t)(io.ReadFull(r, make([]byte, 1)))
		s := must1[jetstream.Stream](t)(js.Stream(within(t), "OBJ_B"))
		must(t, s.DeleteMsg(within(t), seqs[1]))
		if got, err := io.ReadAll(r); err != nil || string(got) != "bc" {
			t.Errorf("%s: behind a hole: %q, %v", face, got, err)
		}
	}
}

func sumOf(s string) hash.Hash {
	h := sha256.New()
	io.WriteString(h, s)
	return h
}
