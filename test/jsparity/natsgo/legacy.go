package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	nats "github.com/nats-io/nats.go"

	"github.com/evernats/nats/test/parity/env"
)

// The API that hangs on Conn.JetStream.
func legacy() []env.Scenario {
	return []env.Scenario{
		{Name: "legacy/context options", Run: legacyOptions},
		{Name: "legacy/enums", Run: legacyEnums},
		{Name: "legacy/error identity", Run: legacyErrors},
		{Name: "legacy/account", Run: legacyAccount},
		{Name: "legacy/no JetStream", Run: legacyNotEnabled},
		{Name: "legacy/trace", Run: legacyTrace},
		{Name: "legacy/streams", Run: legacyStreams},
		{Name: "legacy/streams bad", Run: legacyStreamsBad},
		{Name: "legacy/streams lists", Run: legacyStreamLists},
		{Name: "legacy/streams purge", Run: legacyPurge},
		{Name: "legacy/streams info", Run: legacyStreamInfo},
		{Name: "legacy/streams messages", Run: legacyMessages},
		{Name: "legacy/streams direct", Run: legacyDirect},
		{Name: "legacy/consumers", Run: legacyConsumers},
		{Name: "legacy/consumers bad", Run: legacyConsumersBad},
		{Name: "legacy/consumers filters", Run: legacyFilters},
		{Name: "legacy/consumers lists", Run: legacyConsumerLists},
	}
}

// old is a world with the older API's context, and the stream S of s.>.
type old struct {
	*world
	js nats.JetStreamContext
}

func beginOld(e *env.Env, opts ...nats.JSOpt) *old {
	e.Helper()
	w := begin(e)
	js, err := w.nc.JetStream(opts...)
	e.Must(err)
	return &old{w, js}
}

func (w *old) stream(change ...func(*nats.StreamConfig)) {
	w.Helper()
	cfg := nats.StreamConfig{Name: "S", Subjects: []string{"s.>"}}
	for _, f := range change {
		f(&cfg)
	}
	_, err := w.js.AddStream(&cfg)
	w.Must(err)
}

func (w *old) fill(n int) {
	w.Helper()
	for i := range n {
		_, err := w.js.Publish(fmt.Sprint("s.", i), []byte(fmt.Sprint("data ", i)))
		w.Must(err)
	}
}

// asJSON shows a value without what differs from time to time.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func oldCode(err error) string {
	var je nats.JetStreamError
	if errors.As(err, &je) && je.APIError() != nil {
		return fmt.Sprint(je.APIError().Code, "/", je.APIError().ErrorCode)
	}
	return "no code"
}

func oldAck(a *nats.PubAck) string {
	if a == nil {
		return "none"
	}
	return fmt.Sprintf("%s #%d %v %q", a.Stream, a.Sequence, a.Duplicate, a.Domain)
}

func oldShow(m *nats.Msg) string {
	if m == nil {
		return "none"
	}
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Sprintf("%s %q: %v", m.Subject, m.Data, err)
	}
	return fmt.Sprintf("%s %q %v #%d/%d x%d +%d %s", m.Subject, m.Data, m.Header,
		meta.Sequence.Stream, meta.Sequence.Consumer, meta.NumDelivered, meta.NumPending, meta.Stream)
}

// config is what a consumer is, without what is random.
func config(c nats.ConsumerConfig) string {
	c.Metadata = nil
	if len(c.DeliverSubject) > 6 && c.DeliverSubject[:6] == "_INBOX" {
		c.DeliverSubject = "an inbox"
	}
	if c.Durable == "" {
		c.Name = "random"
	}
	return asJSON(c)
}

func legacyOptions(e *env.Env) {
	w := begin(e)
	for _, o := range []struct {
		what string
		opt  nats.JSOpt
	}{
		{"empty prefix", nats.APIPrefix("")}, {"bad prefix", nats.APIPrefix("a b")}, {"good prefix", nats.APIPrefix("$JS.API")},
		{"empty domain", nats.Domain("")}, {"good domain", nats.Domain("hub")},
		{"pending 0", nats.PublishAsyncMaxPending(0)}, {"pending 1", nats.PublishAsyncMaxPending(1)},
		{"wait", nats.MaxWait(time.Second)}, {"direct", nats.DirectGet()}, {"legacy", nats.UseLegacyDurableConsumers()},
		{"handler", nats.PublishAsyncErrHandler(nil)}, {"timeout", nats.PublishAsyncTimeout(time.Second)},
	} {
		js, err := w.nc.JetStream(o.opt)
		e.Err(o.what, err)
		e.Log("there is one: %v", js != nil)
	}
	js, err := w.nc.JetStream(nats.APIPrefix("$JS.API."))
	e.Err("with a dot", err)
	_, err = js.AccountInfo()
	e.Err("it works", err)
	_, err = js.AccountInfo(nats.Context(w.ctx), nats.MaxWait(time.Second))
	e.Err("both", err)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	_, err = js.AccountInfo(nats.Context(ctx))
	e.Err("canceled", err)
	js, err = w.nc.JetStream(nats.Domain("nowhere"))
	e.Err("of another domain", err)
	_, err = js.AccountInfo()
	e.Err("nobody is there", err)
	_, err = js.StreamInfo("S")
	e.Err("nobody has it", err)
}

func legacyEnums(e *env.Env) {
	for i := -1; i < 7; i++ {
		e.Log("%v %v %v %v %v", nats.AckPolicy(i), nats.DiscardPolicy(i), nats.RetentionPolicy(i), nats.StorageType(i), nats.StoreCompression(i))
		for _, v := range []any{nats.AckPolicy(i), nats.DiscardPolicy(i), nats.RetentionPolicy(i), nats.StorageType(i),
			nats.StoreCompression(i), nats.DeliverPolicy(i), nats.ReplayPolicy(i)} {
			b, err := v.(json.Marshaler).MarshalJSON()
			e.Log("%s %v", b, err != nil)
		}
	}
	var cfg nats.ConsumerConfig
	for _, text := range []string{
		`{"ack_policy":"explicit","deliver_policy":"by_start_time","replay_policy":"original"}`, `{"ack_policy":"x"}`, `{"replay_policy":"x"}`, `{}`,
	} {
		e.Log("%v", json.Unmarshal([]byte(text), &cfg) != nil)
		e.Log("%d %d %d", cfg.AckPolicy, cfg.DeliverPolicy, cfg.ReplayPolicy)
	}
	var s nats.StreamConfig
	for _, text := range []string{
		`{"retention":"workqueue","storage":"memory","discard":"new","compression":"s2"}`, `{"retention":"x"}`, `{"storage":"x"}`, `{"discard":"x"}`, `{"compression":"x"}`,
	} {
		e.Log("%v", json.Unmarshal([]byte(text), &s) != nil)
		e.Log("%v %v %v %v", s.Retention, s.Storage, s.Discard, s.Compression)
	}
	e.Log("%s", asJSON(nats.StreamConfig{}))
	e.Log("%s", asJSON(nats.ConsumerConfig{}))
}

func legacyErrors(e *env.Env) {
	a := &nats.APIError{Code: 404, ErrorCode: nats.JSErrCodeStreamNotFound, Description: "stream not found"}
	e.Log("%v %v %v", errors.Is(nats.ErrStreamNotFound, a), errors.Is(a, nats.ErrStreamNotFound), errors.Is(a, nats.ErrConsumerNotFound))
	var other *nats.APIError
	e.Log("%v", errors.As(nats.ErrStreamNotFound, &other) && other.ErrorCode == nats.JSErrCodeStreamNotFound)
	e.Log("%v", errors.As(error(nats.ErrNoStreamResponse), &other))
	e.Log("%s", &nats.ErrConsumerSequenceMismatch{StreamResumeSequence: 1, ConsumerSequence: 2, LastConsumerSequence: 5})
	e.Log("%s %s", a, nats.ErrFetchDisconnected)
}

func legacyAccount(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(2)
	info, err := w.js.AccountInfo()
	e.Err("account", err)
	e.Log("%d streams, %d consumers, %q, %v", info.Streams, info.Consumers, info.Domain, info.Limits.MaxStreams)
}

func legacyNotEnabled(e *env.Env) {
	s := e.Server()
	nc, err := nats.Connect(s.URL())
	e.Must(err)
	e.Cleanup(nc.Close)
	js, err := nc.JetStream(nats.MaxWait(2 * time.Second))
	e.Err("context", err)
	_, err = js.AccountInfo()
	e.Err("account", err)
	_, err = js.AddStream(&nats.StreamConfig{Name: "S"})
	e.Err("add stream", err)
	_, err = js.StreamInfo("S")
	e.Err("stream info", err)
	e.Err("delete stream", js.DeleteStream("S"))
	e.Err("purge", js.PurgeStream("S"))
	_, err = js.GetMsg("S", 1)
	e.Err("get", err)
	_, err = js.GetMsg("S", 1, nats.DirectGet())
	e.Err("direct get", err)
	_, err = js.StreamNameBySubject("s.x")
	e.Err("name", err)
	_, err = js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C"})
	e.Err("add consumer", err)
	_, err = js.ConsumerInfo("S", "C")
	e.Err("consumer info", err)
	e.Err("delete consumer", js.DeleteConsumer("S", "C"))
	_, err = js.SubscribeSync("s.x")
	e.Err("subscribe", err)
	_, err = js.PullSubscribe("s.x", "C", nats.BindStream("S"))
	e.Err("pull subscribe", err)
	n := 0
	for range js.StreamNames() {
		n++
	}
	for range js.Streams() {
		n++
	}
	for range js.ConsumerNames("S") {
		n++
	}
	e.Log("%d in lists", n)
}

func legacyTrace(e *env.Env) {
	w := begin(e)
	js, err := w.nc.JetStream(nats.ClientTrace{
		RequestSent: func(subj string, payload []byte) { e.Log("sent %s %s", subj, payload) },
		ResponseReceived: func(subj string, payload []byte, hdr nats.Header) {
			e.Log("received %s %v %v", subj, len(payload) > 0, hdr)
		},
	})
	e.Must(err)
	_, err = js.AccountInfo()
	e.Err("account", err)
	_, err = js.StreamInfo("S")
	e.Err("stream", err)
}

func legacyStreams(e *env.Env) {
	w := beginOld(e)
	info, err := w.js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
	e.Err("add", err)
	info.Config.Metadata = nil
	e.Log("%s", asJSON(info.Config))
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
	e.Err("the same", err)
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"other"}})
	e.Err("another", err)
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "T", Subjects: []string{"s.x"}})
	e.Err("overlapping", err)
	e.Log("%s", oldCode(err))
	info, err = w.js.UpdateStream(&nats.StreamConfig{Name: "S", Subjects: []string{"s.>"}, MaxMsgs: 7})
	e.Err("update", err)
	e.Log("%d", info.Config.MaxMsgs)
	_, err = w.js.UpdateStream(&nats.StreamConfig{Name: "T"})
	e.Err("update of none", err)
	_, err = w.js.StreamInfo("S")
	e.Err("info", err)
	_, err = w.js.StreamInfo("T")
	e.Err("info of none", err)
	name, err := w.js.StreamNameBySubject("s.x")
	e.Err("by subject "+name, err)
	name, err = w.js.StreamNameBySubject("t.x")
	e.Err("by another "+name, err)
	name, err = w.js.StreamNameBySubject("a b")
	e.Err("by none "+name, err)
	e.Err("delete", w.js.DeleteStream("S"))
	e.Err("delete again", w.js.DeleteStream("S"))
}

func legacyStreamsBad(e *env.Env) {
	w := beginOld(e)
	_, err := w.js.AddStream(nil)
	e.Err("add nothing", err)
	_, err = w.js.UpdateStream(nil)
	e.Err("update nothing", err)
	for _, name := range []string{"", "a.b", "a b", "a*", "a>", "a/b", `a\b`, "a\tb"} {
		_, err = w.js.AddStream(&nats.StreamConfig{Name: name})
		e.Err("add "+name, err)
		_, err = w.js.UpdateStream(&nats.StreamConfig{Name: name})
		e.Err("update "+name, err)
		_, err = w.js.StreamInfo(name)
		e.Err("info "+name, err)
		e.Err("delete "+name, w.js.DeleteStream(name))
		e.Err("purge "+name, w.js.PurgeStream(name))
		e.Err("delete message of "+name, w.js.DeleteMsg(name, 1))
		_, err = w.js.GetMsg(name, 1)
		e.Err("get of "+name, err)
	}
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "M", Sources: []*nats.StreamSource{{
		Name: "X", Domain: "hub", External: &nats.ExternalStream{APIPrefix: "p"}}}})
	e.Err("domain and external", err)
	_, err = w.js.AddStream(&nats.StreamConfig{Name: "M", Replicas: 3})
	e.Err("replicas", err)
	e.Log("%s", oldCode(err))
}

func legacyStreamLists(e *env.Env) {
	w := beginOld(e)
	for i := range 5 {
		_, err := w.js.AddStream(&nats.StreamConfig{Name: fmt.Sprint("S", i), Subjects: []string{fmt.Sprint("s.", i)}})
		e.Must(err)
	}
	var names, infos, old, some []string
	for n := range w.js.StreamNames() {
		names = append(names, n)
	}
	for i := range w.js.Streams() {
		infos = append(infos, i.Config.Name)
	}
	for i := range w.js.StreamsInfo() {
		old = append(old, i.Config.Name)
	}
	for n := range w.js.StreamNames(nats.StreamListFilter("s.3")) {
		some = append(some, n)
	}
	e.Log("%v %v %v %v", names, infos, old, some)
}

func legacyPurge(e *env.Env) {
	w := beginOld(e)
	w.stream()
	count := func(what string, err error) {
		e.Err(what, err)
		info, err := w.js.StreamInfo("S")
		e.Must(err)
		e.Log("%d left, from %d", info.State.Msgs, info.State.FirstSeq)
	}
	w.fill(10)
	count("of a subject", w.js.PurgeStream("S", &nats.StreamPurgeRequest{Subject: "s.3"}))
	count("up to 5", w.js.PurgeStream("S", &nats.StreamPurgeRequest{Sequence: 5}))
	count("but 2", w.js.PurgeStream("S", &nats.StreamPurgeRequest{Keep: 2}))
	count("both", w.js.PurgeStream("S", &nats.StreamPurgeRequest{Keep: 2, Sequence: 3}))
	count("all", w.js.PurgeStream("S"))
	e.Err("of none", w.js.PurgeStream("T"))
}

func legacyStreamInfo(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(5)
	e.Must(w.js.DeleteMsg("S", 3))
	info, err := w.js.StreamInfo("S", &nats.StreamInfoRequest{DeletedDetails: true, SubjectsFilter: ">"})
	e.Err("info", err)
	e.Log("%v %v %d %d", info.State.Deleted, info.State.Subjects, info.State.NumDeleted, info.State.NumSubjects)
	info, err = w.js.StreamInfo("S", &nats.StreamInfoRequest{SubjectsFilter: "s.1"})
	e.Err("info", err)
	e.Log("%v %v", info.State.Deleted, info.State.Subjects)
	info, err = w.js.StreamInfo("S")
	e.Err("info", err)
	e.Log("%v %v", info.State.Deleted, info.State.Subjects)
}

func legacyMessages(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	m := nats.NewMsg("s.h")
	m.Header.Set("K", "v")
	_, err := w.js.PublishMsg(m)
	e.Must(err)
	raw := func(what string, m *nats.RawStreamMsg, err error) {
		e.Err(what, err)
		if m != nil {
			e.Log("%s %d %v %q %v", m.Subject, m.Sequence, m.Header, m.Data, time.Since(m.Time) < time.Minute)
		}
	}
	r, err := w.js.GetMsg("S", 2)
	raw("get", r, err)
	r, err = w.js.GetMsg("S", 4)
	raw("with headers", r, err)
	r, err = w.js.GetMsg("S", 99)
	raw("none", r, err)
	r, err = w.js.GetLastMsg("S", "s.1")
	raw("last", r, err)
	r, err = w.js.GetLastMsg("S", "s.*")
	raw("last of many", r, err)
	r, err = w.js.GetLastMsg("S", "none")
	raw("last of none", r, err)
	r, err = w.js.GetMsg("T", 1)
	raw("of no stream", r, err)
	e.Err("delete", w.js.DeleteMsg("S", 1))
	e.Err("delete again", w.js.DeleteMsg("S", 1))
	e.Err("erase", w.js.SecureDeleteMsg("S", 2))
	e.Err("erase again", w.js.SecureDeleteMsg("S", 2))
	r, err = w.js.GetMsg("S", 1)
	raw("a deleted one", r, err)
}

func legacyDirect(e *env.Env) {
	w := beginOld(e)
	w.stream(func(c *nats.StreamConfig) { c.AllowDirect = true })
	w.fill(3)
	raw := func(what string, m *nats.RawStreamMsg, err error) {
		e.Err(what, err)
		if m != nil {
			e.Log("%s %d %q %d headers", m.Subject, m.Sequence, m.Data, len(m.Header))
		}
	}
	r, err := w.js.GetMsg("S", 2, nats.DirectGet())
	raw("get", r, err)
	r, err = w.js.GetMsg("S", 1, nats.DirectGetNext("s.2"))
	raw("next", r, err)
	r, err = w.js.GetMsg("S", 99, nats.DirectGet())
	raw("none", r, err)
	r, err = w.js.GetLastMsg("S", "s.1", nats.DirectGet())
	raw("last", r, err)
	r, err = w.js.GetLastMsg("S", "none", nats.DirectGet())
	raw("last of none", r, err)
	r, err = w.js.GetMsg("T", 1, nats.DirectGet())
	raw("of no stream", r, err)
}

func legacyConsumers(e *env.Env) {
	w := beginOld(e)
	w.stream()
	w.fill(3)
	info, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckExplicitPolicy})
	e.Err("add", err)
	e.Log("%s %d", config(info.Config), info.NumPending)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckExplicitPolicy})
	e.Err("the same", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckExplicitPolicy, FilterSubject: "s.1"})
	e.Err("with a filter", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckAllPolicy})
	e.Err("another", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckExplicitPolicy, MaxDeliver: 5})
	e.Err("with other deliveries", err)
	info, err = w.js.UpdateConsumer("S", &nats.ConsumerConfig{Durable: "C", AckPolicy: nats.AckExplicitPolicy, MaxDeliver: 5})
	e.Err("update", err)
	e.Log("%d", info.Config.MaxDeliver)
	info, err = w.js.UpdateConsumer("S", &nats.ConsumerConfig{Durable: "D", AckPolicy: nats.AckExplicitPolicy})
	e.Err("update of none", err)
	e.Log("%v", info != nil)
	info, err = w.js.ConsumerInfo("S", "C")
	e.Err("info", err)
	e.Log("%s %d", info.Name, info.NumPending)
	_, err = w.js.ConsumerInfo("S", "X")
	e.Err("info of none", err)
	_, err = w.js.ConsumerInfo("T", "X")
	e.Err("of no stream", err)
	_, err = w.js.AddConsumer("T", &nats.ConsumerConfig{Durable: "C"})
	e.Err("add to none", err)
	e.Err("delete", w.js.DeleteConsumer("S", "C"))
	e.Err("delete again", w.js.DeleteConsumer("S", "C"))
	e.Err("delete of no stream", w.js.DeleteConsumer("T", "C"))
	info, err = w.js.AddConsumer("S", &nats.ConsumerConfig{})
	e.Err("without a name", err)
	e.Log("%s", config(info.Config))
}

func legacyConsumersBad(e *env.Env) {
	w := beginOld(e)
	w.stream()
	for _, name := range []string{"a.b", "a b", "a*", "a>", "a/b"} {
		_, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: name})
		e.Err("add durable "+name, err)
		_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Name: name})
		e.Err("add named "+name, err)
		_, err = w.js.UpdateConsumer("S", &nats.ConsumerConfig{Durable: name})
		e.Err("update "+name, err)
		_, err = w.js.ConsumerInfo("S", name)
		e.Err("info "+name, err)
		e.Err("delete "+name, w.js.DeleteConsumer("S", name))
	}
	_, err := w.js.ConsumerInfo("S", "")
	e.Err("info without a name", err)
	e.Err("delete without a name", w.js.DeleteConsumer("S", ""))
	_, err = w.js.AddConsumer("", &nats.ConsumerConfig{Durable: "C"})
	e.Err("no stream", err)
	_, err = w.js.AddConsumer("a.b", &nats.ConsumerConfig{Durable: "C"})
	e.Err("a bad stream", err)
	_, err = w.js.UpdateConsumer("S", nil)
	e.Err("update nothing", err)
	_, err = w.js.UpdateConsumer("S", &nats.ConsumerConfig{})
	e.Err("update without a name", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Name: "a", Durable: "b"})
	e.Err("two names", err)
	e.Log("%s", oldCode(err))
}

func legacyFilters(e *env.Env) {
	w := beginOld(e)
	w.stream()
	info, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "A", FilterSubjects: []string{"s.1", "s.2"}})
	e.Err("two", err)
	e.Log("%s", config(info.Config))
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "B", FilterSubject: "s.1", FilterSubjects: []string{"s.2"}})
	e.Err("both", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "B", FilterSubjects: []string{"s.1", "s.*"}})
	e.Err("overlapping", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "B", FilterSubjects: []string{"s.1", ""}})
	e.Err("empty", err)
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "B", FilterSubject: "t.1"})
	e.Err("of another stream", err)
	e.Log("%s", oldCode(err))
	_, err = w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: "B", FilterSubject: ".bad."})
	e.Err("no subject", err)
}

func legacyConsumerLists(e *env.Env) {
	w := beginOld(e)
	w.stream()
	for i := range 5 {
		_, err := w.js.AddConsumer("S", &nats.ConsumerConfig{Durable: fmt.Sprint("C", i)})
		e.Must(err)
	}
	var names, infos, old []string
	for n := range w.js.ConsumerNames("S") {
		names = append(names, n)
	}
	for i := range w.js.Consumers("S") {
		infos = append(infos, i.Name)
	}
	for i := range w.js.ConsumersInfo("S") {
		old = append(old, i.Name)
	}
	e.Log("%v %v %v", names, infos, old)
	n := 0
	for range w.js.Consumers("T") {
		n++
	}
	for range w.js.ConsumerNames("") {
		n++
	}
	e.Log("%d of none", n)
}
