package api

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestSubjectsBeginWithTheirPrefix(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{WithPrefix("").AccountInfo(), "$JS.API.INFO"},
		{WithPrefix("$JS.API").StreamInfo("S"), "$JS.API.STREAM.INFO.S"},
		{WithPrefix("mine.").MsgNext("S", "C"), "mine.CONSUMER.MSG.NEXT.S.C"},
		{InDomain("hub").ConsumerCreate("S", "C", ""), "$JS.hub.API.CONSUMER.CREATE.S.C"},
		{InDomain("hub").ConsumerCreate("S", "C", "a.>"), "$JS.hub.API.CONSUMER.CREATE.S.C.a.>"},
		{WithPrefix("").DirectGetLast("S", "a.b"), "$JS.API.DIRECT.GET.S.a.b"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %s, want %s", tc.got, tc.want)
		}
	}
}

func TestStatusOfEachAnswerToAPull(t *testing.T) {
	for _, tc := range []struct {
		code, text string
		want       Status
		ends       bool
	}{
		{"100", "Idle Heartbeat", Heartbeat, false},
		{"400", "Bad Request - whatever", BadRequest, true},
		{"404", "No Messages", NoMessages, true},
		{"408", "Request Timeout", Expired, true},
		{"408", "Interest Expired", Expired, true},
		{"409", "Consumer Deleted", Deleted, true},
		{"409", "Consumer is push based", PushBased, true},
		{"409", "Leadership Change", LeadershipChange, true},
		{"409", "Server Shutdown", ServerShutdown, true},
		{"409", "Batch Completed", BatchCompleted, true},
		{"409", "Message Size Exceeds MaxBytes", TooLarge, true},
		{"409", "Exceeded MaxWaiting", TooManyWaiting, true},
		{"409", "Exceeded MaxRequestBatch of 7", OverBatch, true},
		{"409", "Exceeded MaxRequestExpires of 1.5s", OverExpires, true},
		{"409", "Exceeded MaxRequestMaxBytes of 99", OverBytes, true},
		{"409", "Something New", OtherConflict, true},
		{"423", "Nats-Pin-Id mismatch", WrongPin, true},
		{"503", "", NoResponders, true},
		{"599", "Whatever", UnknownStatus, true},
		{"", "", UnknownStatus, true},
		{"x", "y", UnknownStatus, true},
	} {
		in := ParseStatus(tc.code, tc.text)
		if in.Status != tc.want || in.Status.Ends() != tc.ends {
			t.Errorf("%s %s: got %d (ends %v), want %d (ends %v)", tc.code, tc.text, in.Status, in.Status.Ends(), tc.want, tc.ends)
		}
	}
	if in := ParseStatus("409", "Exceeded MaxRequestBatch of 7"); in.Limit != 7 {
		t.Errorf("the limit is %d, want 7", in.Limit)
	}
	if in := ParseStatus("409", "Exceeded MaxRequestExpires of 1.5s"); in.MaxExpires != 1500*time.Millisecond {
		t.Errorf("the longest time is %v, want 1.5s", in.MaxExpires)
	}
}

func TestAckSubjectsGiveTheirNumbers(t *testing.T) {
	old := Delivery{Stream: "S", Consumer: "C", Delivered: 1, StreamSeq: 2, ConsumerSeq: 3, Timestamp: 4, Pending: 5}
	long := old
	long.Domain = "hub"
	for subject, want := range map[string]*Delivery{
		"$JS.ACK.S.C.1.2.3.4.5":                    &old,
		"$JS.ACK._.hash.S.C.1.2.3.4.5":             &old,
		"$JS.ACK.hub.hash.S.C.1.2.3.4.5.random":    &long,
		"$JS.ACK.hub.hash.S.C.1.2.3.4.5.and.more":  &long,
		"$JS.ACK.S.C.1.2.3.4":                      nil,
		"$JS.ACK.S.C.1.2.3.4.5.6":                  nil,
		"$JS.ACK.S.C.1.2.x.4.5":                    nil,
		"$JS.ACK.S.C.1.-2.3.4.5":                   nil,
		"$JS.ACK.S.C.1.2.3.4.99999999999999999999": nil,
		"$JS.ACK..C.1.2.3.4.5":                     nil,
		"$JS.ACK.":                                 nil,
		"":                                         nil,
		"_INBOX.x":                                 nil,
		"$JS.ACK.S.C.1.2.3.4." + strings.Repeat("9", 1000): nil,
	} {
		got, ok := ParseAck(subject)
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("%q: got %+v %v, want %+v", subject, got, ok, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { ParseAck("$JS.ACK.hub.hash.S.C.1.2.3.4.5.random") }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestPubAcks(t *testing.T) {
	for text, want := range map[string]*PubAck{
		`{"stream":"S","seq":7}`: {Stream: "S", Seq: 7},
		` {"stream" : "S", "seq":7 , "duplicate": true,"domain":"d" } `: {Stream: "S", Seq: 7, Duplicate: true, Domain: "d"},
		`{"stream":"S","seq":7,"val":"12"}`:                             {Stream: "S", Seq: 7, Value: "12"},
		`{"stream":"S","seq":18446744073709551615}`:                     {Stream: "S", Seq: math.MaxUint64},
		`{"stream":"S\u0041","seq":7,"new":[1,{"a":null}]}`:             {Stream: "SA", Seq: 7},
		`{"error":{"code":503,"err_code":10076,"description":"x"}}`:     {Err: &Error{503, 10076, "x"}},
		`{"seq":7}`: nil, `{}`: nil, `null`: nil, ``: nil, `[]`: nil, `{"stream":"S","seq":7}x`: nil,
		`{"stream":"S","seq":07}`: nil, `{"stream":"S","seq":-1}`: nil, `{"stream":5}`: nil,
	} {
		got, ok := ParsePubAck([]byte(text), "S")
		if ok != (want != nil) {
			t.Errorf("%s: ok is %v", text, ok)
			continue
		}
		if want == nil {
			continue
		}
		if want.Err != nil && (got.Err == nil || *got.Err != *want.Err) {
			t.Errorf("%s: got %+v", text, got.Err)
		}
		got.Err, want.Err = nil, nil
		if got != *want {
			t.Errorf("%s: got %+v, want %+v", text, got, *want)
		}
	}
	ack := []byte(`{"stream":"ORDERS","seq":7}`)
	if n := testing.AllocsPerRun(100, func() { ParsePubAck(ack, "ORDERS") }); n != 0 {
		t.Errorf("%v allocations for an ack of the same stream, want none", n)
	}
}

func TestDirectGetHeaders(t *testing.T) {
	good := map[string][]string{
		"Nats-Stream": {"S"}, "Nats-Sequence": {"9"}, "Nats-Subject": {"a"},
		"Nats-Time-Stamp": {"2026-01-02T03:04:05.6Z"},
	}
	s, missing := ParseStored(good)
	if missing != "" || s.Sequence != 9 || s.Subject != "a" || s.Stream != "S" || s.Time.Nanosecond() != 6e8 {
		t.Errorf("got %+v, missing %q", s, missing)
	}
	for key := range good {
		h := map[string][]string{}
		for k, v := range good {
			h[k] = v
		}
		for _, bad := range [][]string{nil, {}, {""}} {
			h[key] = bad
			if _, missing := ParseStored(h); missing != key {
				t.Errorf("without %s it says that %q is missing", key, missing)
			}
		}
	}
	if _, missing := ParseStored(nil); missing == "" {
		t.Error("no headers at all were taken")
	}
}

func FuzzPubAck(f *testing.F) {
	for _, s := range []string{"", "{}", "null", `{"stream":"S","seq":7}`, `{"stream":"S","seq":7,"duplicate":true}`, `{"error":null}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quick, ok := quickPubAck(data, "S")
		if !ok {
			ParsePubAck(data, "S")
			return
		}
		var slow PubAck
		if err := json.Unmarshal(data, &slow); err != nil {
			t.Fatalf("took %q, which is no JSON: %v", data, err)
		}
		if slow != quick {
			t.Fatalf("%q: got %+v, want %+v", data, quick, slow)
		}
	})
}

func FuzzAck(f *testing.F) {
	f.Add("$JS.ACK.S.C.1.2.3.4.5")
	f.Add("$JS.ACK.hub.hash.S.C.1.2.3.4.5.random")
	f.Add("")
	f.Fuzz(func(t *testing.T, reply string) { ParseAck(reply) })
}

func FuzzStatus(f *testing.F) {
	f.Add("409", "Exceeded MaxRequestBatch of 7")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, code, text string) {
		if in := ParseStatus(code, text); in.Limit < 0 || in.MaxExpires < 0 || in.Status == NotStatus {
			t.Fatalf("%q %q: %+v", code, text, in)
		}
	})
}

func FuzzStored(f *testing.F) {
	f.Add("S", "9", "2026-01-02T03:04:05.6Z", "a")
	f.Fuzz(func(t *testing.T, stream, seq, at, subject string) {
		s, missing := ParseStored(map[string][]string{
			headerStream: {stream}, headerSequence: {seq}, headerTime: {at}, headerSubject: {subject},
		})
		if missing == "" && (s.Stream == "" || s.Subject == "") {
			t.Fatalf("took %+v", s)
		}
	})
}
