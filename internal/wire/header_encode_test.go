package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Whatever the keys, and however many, the buffer's block is AppendHeader's, sorted,
// and one buffer doesn't remember the last header.
func TestHeaderBufferEncodes(t *testing.T) {
	values := []string{"", "v", " blanks around\t", "a\r\nb", "c\rd", "e\n", "\r"}
	r := rand.New(rand.NewPCG(1, 2))
	b := GetHeaderBuffer()
	defer b.Free()
	for n := range 40 {
		h := map[string][]string{}
		for i := range n {
			h[fmt.Sprintf("Key-%d", r.IntN(1000))] = values[:i%len(values)]
		}
		got, err := b.Encode(h)
		if err != nil {
			t.Fatal(err)
		}
		if want := AppendHeader(nil, h); !bytes.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		if len(got) != HeaderSize(h) {
			t.Fatalf("%d bytes, HeaderSize says %d", len(got), HeaderSize(h))
		}
		lines := strings.Split(strings.TrimSpace(string(got)), "\r\n")[1:]
		for i := range lines {
			lines[i], _, _ = strings.Cut(lines[i], ":")
		}
		if !slices.IsSorted(lines) {
			t.Fatalf("not sorted: %q", lines)
		}
	}
}

func TestHeaderBufferRefusesBadKeys(t *testing.T) {
	b := GetHeaderBuffer()
	defer b.Free()
	for _, key := range []string{"", "a b", "a\r\nb", "a:b", "ü"} {
		if _, err := b.Encode(map[string][]string{"Good": {"1"}, key: {"1"}}); !errors.Is(err, ErrBadHeader) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	if got, err := b.Encode(map[string][]string{"Good": {"1"}}); err != nil || string(got) != "NATS/1.0\r\nGood: 1\r\n\r\n" {
		t.Errorf("after a refusal: %q, %v", got, err)
	}
}

func TestHeaderBufferIsUsedAgain(t *testing.T) {
	b := GetHeaderBuffer()
	defer b.Free()
	for _, n := range []int{2, 20} {
		h := headerOf(n)
		if allocs := testing.AllocsPerRun(100, func() {
			if _, err := b.Encode(h); err != nil {
				t.Fatal(err)
			}
		}); allocs > 0 {
			t.Errorf("%d headers: %v allocations", n, allocs)
		}
	}
}
