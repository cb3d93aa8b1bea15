package scenarios

import (
	"encoding/json"
	"time"

	"github.com/evernats/nats/jetstream"

	"github.com/evernats/nats/test/parity/env"
)

func streams() []env.Scenario {
	return []env.Scenario{
		{Name: "stream/lifecycle", Run: streamLifecycle},
		{Name: "stream/bad names", Run: streamNames},
		{Name: "stream/info", Run: streamInfo},
		{Name: "stream/purge", Run: streamPurge},
		{Name: "stream/messages", Run: streamMessages},
		{Name: "stream/direct messages", Run: streamDirect},
		{Name: "stream/lists", Run: streamLists},
		{Name: "stream/name by subject", Run: streamBySubject},
		{Name: "stream/configuration", Run: streamConfig},
		{Name: "stream/sources", Run: streamSources},
	}
}

func streamLifecycle(e *env.Env) {
	w := begin(e)
	cfg := jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}
	_, err := w.js.UpdateStream(w.ctx, cfg)
	e.Err("update of none", err)
	e.Log("%s", code(err))
	_, err = w.js.Stream(w.ctx, "S")
	e.Err("find none", err)
	_, err = w.js.CreateStream(w.ctx, cfg)
	e.Err("create", err)
	_, err = w.js.CreateStream(w.ctx, cfg)
	e.Err("create again", err)
	cfg.Subjects = []string{"t"}
	_, err = w.js.CreateStream(w.ctx, cfg)
	e.Err("create another", err)
	s, err := w.js.UpdateStream(w.ctx, cfg)
	e.Err("update", err)
	e.Log("subjects %v", s.CachedInfo().Config.Subjects)
	_, err = w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "T", Subjects: []string{"t"}})
	e.Err("overlap", err)
	e.Log("%s", code(err))
	cfg.Storage = jetstream.MemoryStorage
	_, err = w.js.CreateOrUpdateStream(w.ctx, cfg)
	e.Err("forbidden change", err)
	_, err = w.js.CreateOrUpdateStream(w.ctx, jetstream.StreamConfig{Name: "U", Subjects: []string{"u"}})
	e.Err("create or update", err)
	e.Err("delete", w.js.DeleteStream(w.ctx, "S"))
	e.Err("delete again", w.js.DeleteStream(w.ctx, "S"))
}

func streamNames(e *env.Env) {
	w := begin(e)
	for _, name := range []string{"", "a.b", "a b", "a*", "a>", "a/b", `a\b`, "a\tb"} {
		_, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: name})
		e.Err("create "+name, err)
		_, err = w.js.Stream(w.ctx, name)
		e.Err("find "+name, err)
		e.Err("delete "+name, w.js.DeleteStream(w.ctx, name))
		_, err = w.js.Consumer(w.ctx, name, "C")
		e.Err("consumer of "+name, err)
	}
}

func streamInfo(e *env.Env) {
	w := begin(e)
	s := w.stream()
	w.fill(4)
	e.Must(s.DeleteMsg(w.ctx, 2))
	info, err := s.Info(w.ctx)
	e.Err("info", err)
	st := info.State
	e.Log("%d messages, %d to %d, %d consumers, %d deleted %v, %d subjects %v", st.Msgs, st.FirstSeq, st.LastSeq, st.Consumers, st.NumDeleted, st.Deleted, st.NumSubjects, st.Subjects)
	info, err = s.Info(w.ctx, jetstream.WithDeletedDetails(true), jetstream.WithSubjectFilter("s.>"))
	e.Err("info with details", err)
	e.Log("deleted %v, subjects %v, cached %v", info.State.Deleted, info.State.Subjects, s.CachedInfo().State.Msgs)
	info, err = s.Info(w.ctx, jetstream.WithSubjectFilter("none"))
	e.Err("info of no subject", err)
	e.Log("subjects %v", len(info.State.Subjects))
	e.Must(w.js.DeleteStream(w.ctx, "S"))
	_, err = s.Info(w.ctx)
	e.Err("info of none", err)
}

func streamPurge(e *env.Env) {
	w := begin(e)
	s := w.stream()
	count := func(what string, err error) {
		e.Err(what, err)
		info, err := s.Info(w.ctx)
		e.Must(err)
		e.Log("%d messages from %d", info.State.Msgs, info.State.FirstSeq)
	}
	w.fill(10)
	count("subject", s.Purge(w.ctx, jetstream.WithPurgeSubject("s.3")))
	count("sequence", s.Purge(w.ctx, jetstream.WithPurgeSequence(3)))
	count("keep", s.Purge(w.ctx, jetstream.WithPurgeKeep(2)))
	count("both", s.Purge(w.ctx, jetstream.WithPurgeKeep(2), jetstream.WithPurgeSequence(3)))
	count("both, the other way", s.Purge(w.ctx, jetstream.WithPurgeSequence(3), jetstream.WithPurgeKeep(2)))
	count("all", s.Purge(w.ctx))
	e.Must(w.js.DeleteStream(w.ctx, "S"))
	e.Err("none", s.Purge(w.ctx))
}

func readAll(w *world, s jetstream.Stream) {
	w.fill(4)
	_, err := w.js.Publish(w.ctx, "s.h", nil, jetstream.WithMsgID("an id"))
	w.Must(err)
	raw := func(what string, m *jetstream.RawStreamMsg, err error) {
		w.Err(what, err)
		w.Log("%s", code(err))
		if m != nil {
			w.Log("%s %d %q id %q, recent %v", m.Subject, m.Sequence, m.Data, m.Header.Get("Nats-Msg-Id"), time.Since(m.Time) < time.Minute)
		}
	}
	m, err := s.GetMsg(w.ctx, 2)
	raw("2", m, err)
	m, err = s.GetMsg(w.ctx, 5)
	raw("5", m, err)
	m, err = s.GetMsg(w.ctx, 9)
	raw("9", m, err)
	m, err = s.GetMsg(w.ctx, 1, jetstream.WithGetMsgSubject("s.3"))
	raw("next on s.3", m, err)
	m, err = s.GetMsg(w.ctx, 5, jetstream.WithGetMsgSubject("s.3"))
	raw("none on s.3", m, err)
	m, err = s.GetLastMsgForSubject(w.ctx, "s.1")
	raw("last of s.1", m, err)
	m, err = s.GetLastMsgForSubject(w.ctx, "s.*")
	raw("last of s.*", m, err)
	m, err = s.GetLastMsgForSubject(w.ctx, "none")
	raw("last of none", m, err)
	w.Err("delete", s.DeleteMsg(w.ctx, 2))
	w.Err("delete again", s.DeleteMsg(w.ctx, 2))
	w.Err("delete securely", s.SecureDeleteMsg(w.ctx, 3))
	m, err = s.GetMsg(w.ctx, 3)
	raw("a deleted one", m, err)
}

func streamMessages(e *env.Env) {
	w := begin(e)
	readAll(w, w.stream())
}

func streamDirect(e *env.Env) {
	w := begin(e)
	readAll(w, w.stream(func(c *jetstream.StreamConfig) { c.AllowDirect = true }))
}

func streamLists(e *env.Env) {
	w := begin(e)
	list := func(opts ...jetstream.StreamListOpt) {
		var infos, names []string
		l := w.js.ListStreams(w.ctx, opts...)
		for i := range l.Info() {
			infos = append(infos, i.Config.Name)
		}
		n := w.js.StreamNames(w.ctx, opts...)
		for name := range n.Name() {
			names = append(names, name)
		}
		e.Err("infos", l.Err())
		e.Err("names", n.Err())
		e.Log("%v %v", e.Sorted(infos), e.Sorted(names))
	}
	list()
	for _, name := range []string{"A", "B", "C"} {
		_, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}})
		e.Must(err)
	}
	list()
	list(jetstream.WithStreamListSubject("B.x"))
	list(jetstream.WithStreamListSubject("none"))
}

func streamBySubject(e *env.Env) {
	w := begin(e)
	w.stream()
	for _, subject := range []string{"s.a", "s.>", "s.*", "none", "", "a b", "s.>.a", ">.a", ">", "s.a>", "s.*a", "s.>>", ".s", "s.", "s.é"} {
		name, err := w.js.StreamNameBySubject(w.ctx, subject)
		e.Err("by "+subject, err)
		e.Log("%q", name)
	}
}

func streamConfig(e *env.Env) {
	w := begin(e)
	s := w.stream(func(c *jetstream.StreamConfig) {
		c.Retention, c.Discard, c.DiscardNewPerSubject, c.MaxMsgsPerSubject = jetstream.WorkQueuePolicy, jetstream.DiscardNew, true, 5
		c.MaxMsgs, c.MaxBytes, c.MaxAge, c.MaxMsgSize, c.MaxConsumers = 10, 1<<20, time.Hour, 100, 3
		c.Storage, c.Compression, c.FirstSeq = jetstream.FileStorage, jetstream.S2Compression, 100
		c.Duplicates, c.DenyDelete, c.DenyPurge, c.AllowRollup = time.Minute, true, false, true
		c.Metadata = map[string]string{"k": "v"}
		c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: "s.a", Destination: "s.b"}
		c.RePublish = &jetstream.RePublish{Source: "s.>", Destination: "r.>", HeadersOnly: true}
		c.ConsumerLimits = jetstream.StreamConsumerLimits{MaxAckPending: 10, InactiveThreshold: time.Minute}
		c.AllowMsgTTL, c.SubjectDeleteMarkerTTL = true, 0
	})
	text, err := json.Marshal(s.CachedInfo().Config)
	e.Err("json", err)
	e.Log("%s", text)
	e.Err("a forbidden delete", s.DeleteMsg(w.ctx, 1))
	for _, bad := range []string{`{"retention":"x"}`, `{"storage":5}`, `{"discard":null}`, `{"compression":"zip"}`} {
		var c jetstream.StreamConfig
		e.Log("%s: %v", bad, json.Unmarshal([]byte(bad), &c) == nil)
	}
}

func streamSources(e *env.Env) {
	w := begin(e)
	w.stream()
	m, err := w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "M", Mirror: &jetstream.StreamSource{Name: "S"}})
	e.Err("mirror", err)
	e.Log("%+v", m.CachedInfo().Config.Mirror.Name)
	src := &jetstream.StreamSource{Name: "S", Domain: "hub"}
	_, err = w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "D", Sources: []*jetstream.StreamSource{src}})
	e.Err("another domain", err)
	e.Log("%v", src.External != nil)
	src = &jetstream.StreamSource{Name: "S", Domain: "hub", External: &jetstream.ExternalStream{APIPrefix: "x"}}
	_, err = w.js.CreateStream(w.ctx, jetstream.StreamConfig{Name: "D2", Sources: []*jetstream.StreamSource{src}})
	e.Log("domain and external: %v", err != nil)
}
