package wire

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

type hdrMap = map[string][]string

// The blocks and what they give are those of DecodeHeadersMsg of nats.go 1.55.
func TestParseHeader(t *testing.T) {
	const v = "NATS/1.0"
	for _, tt := range []struct {
		in   string
		want hdrMap // nil: refused
	}{
		{"", nil},
		{v, nil},
		{v + "\r\n", nil},
		{v + "\n", nil},
		{v + "\r", nil},
		{"\r\n\r\n", nil},
		{"XX\r\n\r\n", nil},
		{"nats/1.0\r\n\r\n", nil},
		{"NATS/1.1\r\n\r\n", nil},
		{v + "\r\r\n\r\n", nil},
		{v + "\r\n\r\n", hdrMap{}},
		{v + "\n\n", hdrMap{}},

		// Status lines.
		{v + " \r\n\r\n", nil},
		{v + " 5\r\n\r\n", nil},
		{v + " 50\r\n\r\n", nil},
		{v + " é\r\n\r\n", nil},
		{v + " 503", nil},
		{v + " 503\r\n", nil},
		{v + " 503\r\n\r\n", hdrMap{"Status": {"503"}}},
		{v + " 503 \r\n\r\n", hdrMap{"Status": {"503"}}},
		{v + " 503\r\nA: b\r\n\r\n", hdrMap{"Status": {"503"}, "A": {"b"}}},
		{v + " 503\nA: b\n\n", hdrMap{"Status": {"503"}, "A": {"b"}}},
		{v + " 503 No Responders\r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"No Responders"}}},
		{v + "  503   No   Responders  \r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"No   Responders"}}},
		{v + "\t503\tX\r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"X"}}},
		{v + " 503 é 世\r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"é 世"}}},
		{v + "503\r\n\r\n", hdrMap{"Status": {"503"}}},
		{v + "503 abc\r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"abc"}}},
		{v + " 5034 Foo\r\n\r\n", hdrMap{"Status": {"503"}, "Description": {"4 Foo"}}},
		{v + " 12 x\r\n\r\n", hdrMap{"Status": {"12 "}, "Description": {"x"}}},
		{v + " abc def\r\n\r\n", hdrMap{"Status": {"abc"}, "Description": {"def"}}},
		{
			v + " 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\n\r\n",
			hdrMap{"Status": {"100"}, "Description": {"Idle Heartbeat"}, "Nats-Last-Consumer": {"1"}},
		},
		{
			v + " 503 Desc\r\nStatus: 1\r\nDescription: q\r\n\r\n",
			hdrMap{"Status": {"1", "503"}, "Description": {"q", "Desc"}},
		},

		// Keys.
		{v + "\r\nA: b\r\n\r\n", hdrMap{"A": {"b"}}},
		{v + "\r\ncontent-type: x\r\nCONTENT-TYPE: y\r\n\r\n", hdrMap{"content-type": {"x"}, "CONTENT-TYPE": {"y"}}},
		{v + "\r\n A: b\r\n\r\n", hdrMap{" A": {"b"}}},
		{v + "\r\nX: 1\r\n\tA: b\r\n\r\n", hdrMap{"X": {"1"}, "\tA": {"b"}}},
		{v + "\r\nA : b\r\n\r\n", hdrMap{"A ": {"b"}}},
		{v + "\r\nA B: c\r\n\r\n", hdrMap{"A B": {"c"}}},
		{v + "\r\né: ü\r\n\r\n", hdrMap{"é": {"ü"}}},
		{v + "\r\n: v\r\n\r\n", hdrMap{}},
		{v + "\r\n : v\r\n\r\n", hdrMap{" ": {"v"}}},
		{v + "\r\nA\r\n\r\n", nil},

		// Values.
		{v + "\r\nA:b\r\n\r\n", hdrMap{"A": {"b"}}},
		{v + "\r\nA:  b  \r\n\r\n", hdrMap{"A": {"b  "}}},
		{v + "\r\nA:\tb\t\r\n\r\n", hdrMap{"A": {"b\t"}}},
		{v + "\r\nA:\r\n\r\n", hdrMap{"A": {""}}},
		{v + "\r\nA: \r\n\r\n", hdrMap{"A": {""}}},
		{v + "\r\nA: b:c:d\r\n\r\n", hdrMap{"A": {"b:c:d"}}},
		{v + "\r\nA: 1\r\nA: 2\r\na: 3\r\nA: 4\r\n\r\n", hdrMap{"A": {"1", "2", "4"}, "a": {"3"}}},
		{v + "\r\nA: \u00a0v\u00a0\r\n\r\n", hdrMap{"A": {"\u00a0v\u00a0"}}},
		{v + "\r\nA: \vv\f\r\n\r\n", hdrMap{"A": {"\vv\f"}}},
		{v + "\r\nA: \xff\r\n\r\n", hdrMap{"A": {"\xff"}}},
		{v + "\r\nA: a\x00b\r\n\r\n", hdrMap{"A": {"a\x00b"}}},
		{v + "\r\nA: x\ry\r\n\r\n", hdrMap{"A": {"x\ry"}}},
		{v + "\r\nA: b\r\r\n\r\n", hdrMap{"A": {"b\r"}}},

		// The end.
		{v + "\r\nA: b", nil},
		{v + "\r\nA: b\r\n", nil},
		{v + "\r\nA: b\r\n\r", nil},
		{v + "\r\nA: b\n\n", hdrMap{"A": {"b"}}},
		{v + "\r\nA: b\n\r\n", hdrMap{"A": {"b"}}},
		{v + "\r\nA: b\r\n\n", hdrMap{"A": {"b"}}},
		{v + "\r\nA: b\nB: c\r\n\r\n", hdrMap{"A": {"b"}, "B": {"c"}}},
		{v + "\r\nA: b\r\n\r\nC: d\r\n\r\n", hdrMap{"A": {"b"}}},
		{v + "\r\n\r\nC: d\r\n\r\n", hdrMap{}},
	} {
		got, _, err := ParseHeader(tt.in)
		switch {
		case tt.want == nil && !errors.Is(err, ErrBadHeader):
			t.Errorf("%q: want ErrBadHeader, got %q, %v", tt.in, got, err)
		case tt.want != nil && (err != nil || !reflect.DeepEqual(got, tt.want)):
			t.Errorf("%q:\n got %q, %v\nwant %q", tt.in, got, err, tt.want)
		}
	}
}

// The user may append to one key's values without touching another's.
func TestParsedValuesAreSeparate(t *testing.T) {
	h, _, err := ParseHeader("NATS/1.0\r\nA: 1\r\nB: 2\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	h["A"] = append(h["A"], "x")
	if h["B"][0] != "2" {
		t.Errorf("B became %q", h["B"])
	}
}

// The blocks are those that PublishMsg of nats.go 1.55 writes, but for the order
// of keys, which is random there.
func TestAppendHeader(t *testing.T) {
	for _, tt := range []struct {
		in   hdrMap
		want string // between the version line and the empty one
	}{
		{nil, ""},
		{hdrMap{"A": {}}, ""},
		{hdrMap{"A": {"1"}}, "A: 1\r\n"},
		{hdrMap{"B": {"1"}, "A": {"2"}, "c": {"3"}, "a": {"4"}}, "A: 2\r\nB: 1\r\na: 4\r\nc: 3\r\n"},
		{hdrMap{"A": {"1", "2", "3"}}, "A: 1\r\nA: 2\r\nA: 3\r\n"},
		{hdrMap{"A": {""}}, "A: \r\n"},
		{hdrMap{"A": {" v "}}, "A: v\r\n"},
		{hdrMap{"A": {"\tv\t"}}, "A: v\r\n"},
		{hdrMap{"A": {"a  b"}}, "A: a  b\r\n"},
		{hdrMap{"A": {"a:b"}}, "A: a:b\r\n"},
		{hdrMap{"A": {"é世界"}}, "A: é世界\r\n"},
		{hdrMap{"A": {"x\r\nB: y"}}, "A: x  B: y\r\n"},
		{hdrMap{"A": {"x\ny"}}, "A: x y\r\n"},
		{hdrMap{"A": {"x\ry"}}, "A: x y\r\n"},
		{hdrMap{"A": {"\r\n"}}, "A: \r\n"},
		{hdrMap{"A": {"\r\nx\r\n"}}, "A: x\r\n"},
		{hdrMap{"A": {" \r \n x \t\r\n"}}, "A: x\r\n"},
		{hdrMap{"A": {"a\x00b"}}, "A: a\x00b\r\n"},
		{hdrMap{"A": {"\u00a0v\u00a0"}}, "A: \u00a0v\u00a0\r\n"},
		{hdrMap{"A": {"\vv\f"}}, "A: \vv\f\r\n"},
		{hdrMap{"A": {"\xff"}}, "A: \xff\r\n"},
		{hdrMap{"Status": {"503"}, "Description": {"No Responders"}}, "Description: No Responders\r\nStatus: 503\r\n"},
		{hdrMap{"A\r\nB": {"y"}}, "A  B: y\r\n"}, // refused by CheckHeader, and harmless without
	} {
		want := "NATS/1.0\r\n" + tt.want + "\r\n"
		if got := string(AppendHeader(nil, tt.in)); got != want {
			t.Errorf("%q:\n got %q\nwant %q", tt.in, got, want)
		}
		if n := HeaderSize(tt.in); n != len(want) {
			t.Errorf("%q: size %d, want %d", tt.in, n, len(want))
		}
	}
}

func TestAppendHeaderOfManyKeysIsSorted(t *testing.T) {
	h, want := hdrMap{}, "NATS/1.0\r\n"
	for c := 'A'; c <= 'Z'; c++ {
		h[string(c)] = []string{"1"}
		want += string(c) + ": 1\r\n"
	}
	if got := string(AppendHeader(nil, h)); got != want+"\r\n" {
		t.Errorf("got %q", got)
	}
}

// The bytes that a key may have are those that nats.go 1.55 sends.
func TestCheckHeader(t *testing.T) {
	const good = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		key := "a" + string([]byte{byte(c)})
		err := CheckHeader(hdrMap{key: {"v"}})
		if ok := strings.IndexByte(good, byte(c)) >= 0; ok != (err == nil) || !ok && !errors.Is(err, ErrBadHeader) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	if err := CheckHeader(hdrMap{"": {"v"}}); !errors.Is(err, ErrBadHeader) {
		t.Errorf("empty key: %v", err)
	}
	if err := CheckHeader(hdrMap{"a b": nil}); !errors.Is(err, ErrBadHeader) {
		t.Errorf("bad key without values: %v", err)
	}
	if err := CheckHeader(nil); err != nil {
		t.Errorf("no header: %v", err)
	}
	if err := CheckHeader(hdrMap{strings.Repeat(" ", 1<<20): nil}); len(err.Error()) > 300 {
		t.Errorf("error on a huge key is %d bytes long", len(err.Error()))
	}
}

// A header of more lines than anybody sends isn't read, and what follows its empty
// line costs nothing.
func TestHeaderLines(t *testing.T) {
	lines := strings.Repeat("a: b\r\n", maxHeaderLines)
	if h, _, err := ParseHeader("NATS/1.0\r\n" + lines + "\r\n"); err != nil || len(h["a"]) != maxHeaderLines {
		t.Errorf("%d values, %v", len(h["a"]), err)
	}
	if h, _, err := ParseHeader("NATS/1.0\r\n" + lines + "a: b\r\n\r\n"); !errors.Is(err, ErrBadHeader) || h != nil {
		t.Errorf("one too many: %d values, %v", len(h["a"]), err)
	}
	block := "NATS/1.0\r\nk: v\r\n\r\n" + strings.Repeat("\n", 1<<20)
	if h, _, err := ParseHeader(block); err != nil || len(h) != 1 {
		t.Errorf("%v, %v", h, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, _ = ParseHeader(block)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 10_000 {
		t.Errorf("%d bytes were allocated for one line", n)
	}
}

// EachHeader finds what ParseHeader finds, with the same size and the same errors, and
// allocates nothing.
func TestEachHeader(t *testing.T) {
	for _, block := range []string{
		"", "NATS/1.0\r\n\r\n", "NATS/1.0\n\n", "NATS/1.0 503\r\n\r\n", "NATS/1.0 503 No Responders\r\nA: b\r\nA:  c \r\n: x\r\n\r\nD: e\r\n\r\n",
		"NATS/1.0 5\r\n\r\n", "NATS/1.0\r\nA: b\r\n", "NATS/1.0\r\nA b\r\n\r\n", "NATS/1.0 503 Desc\r\nStatus: 1\r\n\r\n", "nonsense\r\n\r\n",
	} {
		sameHeaders(t, block)
	}
	block := "NATS/1.0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n"
	var got string
	asked := 0
	find := func(k, v string) bool {
		asked++
		got = v
		return k != "C"
	}
	if n := testing.AllocsPerRun(10, func() { EachHeader(block, find) }); n != 0 || got != "d" || asked != 22 {
		t.Errorf("found %q, %d lines, %v allocations", got, asked, n)
	}
}

func sameHeaders(t *testing.T, block string) {
	t.Helper()
	want, size, err := ParseHeader(block)
	got := make(hdrMap)
	n, each := EachHeader(block, func(k, v string) bool {
		got[k] = append(got[k], v)
		return true
	})
	only, none := EachHeader(block, nil)
	if n != size || only != size || (each == nil) != (err == nil) || (none == nil) != (err == nil) {
		t.Errorf("%q: sizes %d and %d, want %d; %v, %v, want %v", block, n, only, size, each, none, err)
	}
	if err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%q: %v, want %v", block, got, want)
	}
}
