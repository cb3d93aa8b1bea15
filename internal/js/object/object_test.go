package object

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"B": true, "a-b_9": true, "": false, "a.b": false, "a b": false, "ü": false, "a*": false, ">": false, "a/b": false,
	} {
		if ValidBucket(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if b, ok := BucketOf(StreamOf("x")); b != "x" || !ok {
		t.Errorf("got %q %v", b, ok)
	}
	for _, s := range []string{"OBJ_", "KV_x", "obj_x", ""} {
		if _, ok := BucketOf(s); ok {
			t.Errorf("%q is a store", s)
		}
	}
	if got := MetaOf("B", "a.b >\x00ü"); got != "$O.B.M.YS5iID4Aw7w=" {
		t.Errorf("got %s", got)
	}
	if got := ChunksOf("B", "N"); got != "$O.B.C.N" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(Subjects("B"), " "); got != "$O.B.C.> $O.B.M.>" {
		t.Errorf("got %s", got)
	}
}

func TestDigest(t *testing.T) {
	h := NewDigest()
	h.Write([]byte("hello"))
	text := DigestText(h)
	if text != "SHA-256=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=" {
		t.Errorf("got %s", text)
	}
	sum, ok, err := ParseDigest(text)
	if !ok || err != nil || string(sum) != string(h.Sum(nil)) {
		t.Errorf("got %x %v %v", sum, ok, err)
	}
	if _, ok, _ := ParseDigest("SHA-256"); ok {
		t.Error("it has no sum")
	}
	if _, ok, err := ParseDigest("SHA-256=!"); !ok || err == nil {
		t.Error("the sum is none")
	}
}

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		asked uint32
		max   int64
		size  int
		ok    bool
	}{
		{0, 1 << 20, DefaultChunk, true},
		{100, 1 << 20, 100, true},
		{1 << 20, 1 << 20, 1<<20 - idRoom, true},
		{1<<20 + 1, 1 << 20, 0, false},
		{5 << 20, 0, 5 << 20, true},
	} {
		if size, ok := Chunk(c.asked, c.max); size != c.size || ok != c.ok {
			t.Errorf("%d of %d: %d %v", c.asked, c.max, size, ok)
		}
	}
	if !Temporary(429, 10167) || !Temporary(503, 10008) || Temporary(400, 10109) || Temporary(503, 10077) {
		t.Error("what passes and what doesn't is mixed up")
	}
}

func TestLinks(t *testing.T) {
	good := Target{There: true, Name: "x"}
	for _, c := range []struct {
		name string
		to   Target
		want Refusal
	}{
		{"l", good, Allowed}, {"", good, NoName}, {"l", Target{}, NoObject}, {"l", Target{There: true}, NoObject},
		{"l", Target{There: true, Name: "x", Deleted: true, Link: true}, Deleted},
		{"l", Target{There: true, Name: "x", Link: true}, ToLink},
	} {
		if got := MayLink(c.name, c.to); got != c.want {
			t.Errorf("%q to %+v: %v", c.name, c.to, got)
		}
	}
	if MayReplace(false) != Taken || MayReplace(true) != Allowed {
		t.Error("a link replaces what it mustn't, or not what it may")
	}
}

func TestDownload(t *testing.T) {
	digest := func(s string) string {
		h := NewDigest()
		h.Write([]byte(s))
		return DigestText(h)
	}
	for name, c := range map[string]struct {
		chunks uint32
		size   uint64
		digest string
		parts  []string
		want   Verdict
	}{
		"whole":           {2, 4, digest("abcd"), []string{"ab", "cd"}, Whole},
		"no digest":       {2, 4, "", []string{"ab", "cd"}, Whole},
		"written thus":    {1, 1, strings.Replace(digest("a"), "SHA-256", "sha-256", 1), []string{"a"}, Whole},
		"other bytes":     {2, 4, digest("abcd"), []string{"cd", "ab"}, Damaged},
		"too few bytes":   {2, 4, "", []string{"ab", "c"}, Damaged},
		"too many":        {3, 4, "", []string{"ab", "cde"}, Damaged},
		"a digest of two": {1, 1, "x", []string{"a"}, Damaged},
		"empty":           {0, 0, digest(""), nil, Whole},
		"empty with size": {0, 1, "", nil, Damaged},
		"more to come":    {3, 9, "", []string{"abc"}, More},
		"more than said":  {1, 1, "", []string{"a", ""}, Damaged},
	} {
		d := NewDownload(c.chunks, c.size, c.digest)
		v := d.Empty()
		for _, p := range c.parts {
			v = d.Chunk([]byte(p))
		}
		if v != c.want {
			t.Errorf("%s: %v", name, v)
		}
	}
	d := NewDownload(3, 9, "")
	d.Chunk([]byte("abc"))
	if d.Short(2) || !d.Short(1) || d.Lost(3) || !d.Lost(2) || d.Left() != 2 {
		t.Error("it miscounts")
	}
}

func TestPlaces(t *testing.T) {
	d := NewDownload(2000, 1<<20, "")
	for range 700 {
		d.Chunk(nil)
	}
	for index, want := range map[int]Place{
		700: Next, 0: Stray, 699: Stray, 701: Stray, 700 + maxChunks - 1: Stray, 700 + maxChunks: Beyond, 1999: Beyond,
	} {
		if got := d.Place(index); got != want {
			t.Errorf("%d: %v", index, got)
		}
	}
}
