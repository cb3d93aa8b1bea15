package kv

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"": false, "a": true, "a_b-C9": true, "a.b": false, "a b": false, "ü": false, "*": false, ">": false, "a/b": false,
	} {
		if ValidBucket(name) != want {
			t.Errorf("bucket %q: want %v", name, want)
		}
	}
	for key, want := range map[string][2]bool{
		"": {}, ".": {}, ".a": {}, "a.": {}, "a..b": {}, "a..>": {}, "a b": {}, "a\tb": {}, "ü": {}, "a#": {}, "\\": {}, "$x": {}, "{a}": {}, "a\x00": {},
		"a": {true, true}, "a.b": {true, true}, "a/b=c_d-e.F9": {true, true},
		"*": {false, true}, "a.*": {false, true}, ">": {false, true}, "a.>": {false, true}, ">.a": {}, "a.>.b": {},
	} {
		if ValidKey(key) != want[0] || ValidPattern(key) != want[1] {
			t.Errorf("key %q: %v %v, want %v", key, ValidKey(key), ValidPattern(key), want)
		}
	}
	if s := Stream("B"); s != "KV_B" || SourceStream("B") != s || SourceStream(s) != s {
		t.Error(s)
	}
	if b, ok := Bucket("KV_B"); b != "B" || !ok {
		t.Error(b, ok)
	}
	if _, ok := Bucket("S"); ok {
		t.Error("S is no bucket")
	}
}

func TestSpaces(t *testing.T) {
	for _, c := range []struct {
		m           Mirrored
		prefix      string
		read, write string
	}{
		{Mirrored{}, "", "$KV.B.", "$KV.B."},
		{Mirrored{}, "$JS.hub.API.", "$KV.B.", "$JS.hub.API.$KV.B."},
		{Mirrored{Stream: "KV_O"}, "", "$KV.O.", "$KV.O."},
		{Mirrored{Stream: "KV_O"}, "$JS.hub.API.", "$KV.O.", "$JS.hub.API.$KV.O."},
		{Mirrored{Stream: "KV_O", APIPrefix: "$JS.hub.API"}, "", "$KV.O.", "$JS.hub.API.$KV.O."},
		{Mirrored{Stream: "KV_O", APIPrefix: "$JS.hub.API."}, "$JS.leaf.API.", "$KV.O.", "$JS.hub.API.$KV.O."},
	} {
		s := SpaceOf("B", c.m, c.prefix)
		if s.Read != c.read || s.Write != c.write {
			t.Errorf("%+v: %+v", c, s)
		}
		if k, ok := s.Key(c.read + "a.b"); k != "a.b" || !ok {
			t.Error(k, ok)
		}
		if _, ok := s.Key("other"); ok {
			t.Error("other is no key")
		}
	}
	for _, c := range [][4]string{{"KV_A", "$KV.A.>", "$KV.B.>", "true"}, {"KV_B", "$KV.B.>", "$KV.B.>", "false"}} {
		from, to, needed := Transform(c[0], "B")
		if from != c[1] || to != c[2] || fmt.Sprint(needed) != c[3] {
			t.Errorf("%v: %s %s %v", c, from, to, needed)
		}
	}
}

func TestMarkers(t *testing.T) {
	for text, want := range map[string]Op{
		"": Put, "KV-Operation=DEL": Delete, "KV-Operation=PURGE": Purge, "KV-Operation=PUT": Put, "KV-Operation=del": Put,
		"Nats-Marker-Reason=MaxAge": Purge, "Nats-Marker-Reason=Purge": Purge, "Nats-Marker-Reason=Remove": Delete,
		"Nats-Marker-Reason=Other": Put, "X=DEL": Put,
	} {
		h := map[string][]string{}
		if k, v, ok := strings.Cut(text, "="); ok {
			h[k] = []string{v}
		}
		if op := OpOf(h); op != want || op.Gone() != (want != Put) {
			t.Errorf("%s: %v", text, op)
		}
	}
	if OpOf(map[string][]string{OperationHeader: {}}) != Put {
		t.Error("a header without a value")
	}
}

func TestSettings(t *testing.T) {
	for ttl, want := range map[time.Duration]time.Duration{0: 2 * time.Minute, time.Minute: time.Minute, time.Hour: 2 * time.Minute} {
		if d := Duplicates(ttl); d != want {
			t.Errorf("%v: %v", ttl, d)
		}
	}
	if Limit(int32(0)) != -1 || Limit(int64(7)) != 7 || Limit(int64(-5)) != -5 {
		t.Error("limits")
	}
	for _, c := range []struct {
		age, limit time.Duration
		keep       bool
	}{{time.Minute, 0, true}, {time.Hour, 0, false}, {0, -1, false}, {time.Minute, time.Hour, true}, {time.Hour, time.Minute, false}} {
		if KeepMarker(c.age, c.limit) != c.keep {
			t.Errorf("%+v", c)
		}
	}
}

func TestWrites(t *testing.T) {
	for code, want := range map[int]Refusal{10071: Conflict, 10164: UnderWay, 10054: Other} {
		if RefusalOf(code) != want {
			t.Errorf("%d: %v", code, RefusalOf(code))
		}
		if got := RefusalOf(code).Conflicts(); got != (want != Other) {
			t.Errorf("%d: %t", code, got)
		}
	}
	for _, c := range []struct {
		l   Last
		rev uint64
		may bool
	}{{Last{}, 0, true}, {Last{true, 5, Put}, 0, false}, {Last{true, 5, Delete}, 5, true}, {Last{true, 6, Purge}, 6, true}} {
		if rev, may := Recreate(c.l); rev != c.rev || may != c.may {
			t.Errorf("%+v: %d %v", c.l, rev, may)
		}
	}
	for _, c := range []struct {
		id, first, last string
		whole           bool
		want            Verdict
	}{
		{"a", "a", "b", false, Stored}, {"a", "b", "a", false, Stored}, {"a", "a", "a", true, Stored},
		{"a", "b", "c", true, Lost}, {"a", "b", "b", false, Unsure}, {"a", "", "", true, Lost}, {"", "", "", true, Unsure},
	} {
		if v := Judge(c.id, c.first, c.last, c.whole); v != c.want {
			t.Errorf("%+v: %v", c, v)
		}
	}
	if IDOf(nil) != "" || IDOf(map[string][]string{IDHeader: {"x"}}) != "x" {
		t.Error("ids")
	}
	if p := PurgeFor("s", 7, true); p != (Purging{"s", 7}) {
		t.Error(p)
	}
	if p := PurgeFor("s", 7, false); p != (Purging{"s", 8}) {
		t.Error(p)
	}
}

func TestFloors(t *testing.T) {
	f := NewFloors(4)
	if f.Stale("a", 0) || f.Stale("a", 5) {
		t.Error("nothing was seen")
	}
	f.Saw("a", 5)
	f.Saw("a", 3)
	if !f.Stale("a", 4) || !f.Stale("a", 0) || f.Stale("a", 5) || f.Stale("b", 0) {
		t.Error("a floor of 5")
	}
	f.Truth("a", 5, 0)
	if f.Stale("a", 0) || f.Stale("a", 1) {
		t.Error("the leader says that there is none")
	}
	asked := f.Known("a")
	f.Saw("a", 9)
	f.Truth("a", asked, 6)
	if !f.Stale("a", 8) {
		t.Error("what was written since the leader was asked counts")
	}
	for i := range 20 {
		f.Saw(fmt.Sprint(i), uint64(10+i))
	}
	if len(f.newer)+len(f.older) > 8 {
		t.Errorf("%d and %d", len(f.newer), len(f.older))
	}
	// a was forgotten, and is suspect below the highest of all that were.
	if !f.Stale("a", 9) || f.Stale("a", 1000) || f.Stale("19", 29) || !f.Stale("19", 28) {
		t.Error("behind what was forgotten")
	}
	f.Truth("a", 0, 9)
	if f.Stale("a", 9) {
		t.Error("the leader said 9")
	}
}
