package api

import "strings"

// DefaultPrefix is what the subjects of the API begin with.
const DefaultPrefix = "$JS.API."

// Subjects makes the subjects of the API. It is their prefix, final dot included.
type Subjects string

// WithPrefix takes a prefix with or without its final dot; empty is the default.
func WithPrefix(prefix string) Subjects {
	if prefix == "" {
		return DefaultPrefix
	}
	if !strings.HasSuffix(prefix, ".") {
		prefix += "."
	}
	return Subjects(prefix)
}

// InDomain makes the subjects of a JetStream domain.
func InDomain(domain string) Subjects { return Subjects("$JS." + domain + ".API.") }

// NotDefault is the prefix, final dot included, or empty for the default.
func (s Subjects) NotDefault() string {
	if s == DefaultPrefix {
		return ""
	}
	return string(s)
}

func (s Subjects) of(verb string, tokens ...string) string {
	var b strings.Builder
	n := len(s) + len(verb)
	for _, t := range tokens {
		n += 1 + len(t)
	}
	b.Grow(n)
	b.WriteString(string(s))
	b.WriteString(verb)
	for _, t := range tokens {
		b.WriteByte('.')
		b.WriteString(t)
	}
	return b.String()
}

// The subjects, named for what they ask.
func (s Subjects) AccountInfo() string               { return s.of("INFO") }
func (s Subjects) StreamCreate(stream string) string { return s.of("STREAM.CREATE", stream) }
func (s Subjects) StreamUpdate(stream string) string { return s.of("STREAM.UPDATE", stream) }
func (s Subjects) StreamInfo(stream string) string   { return s.of("STREAM.INFO", stream) }
func (s Subjects) StreamDelete(stream string) string { return s.of("STREAM.DELETE", stream) }
func (s Subjects) StreamPurge(stream string) string  { return s.of("STREAM.PURGE", stream) }
func (s Subjects) StreamNames() string               { return s.of("STREAM.NAMES") }
func (s Subjects) StreamList() string                { return s.of("STREAM.LIST") }
func (s Subjects) MsgGet(stream string) string       { return s.of("STREAM.MSG.GET", stream) }
func (s Subjects) MsgDelete(stream string) string    { return s.of("STREAM.MSG.DELETE", stream) }
func (s Subjects) DirectGet(stream string) string    { return s.of("DIRECT.GET", stream) }

// DirectGetLast asks for the last message on a subject.
func (s Subjects) DirectGetLast(stream, subject string) string {
	return s.of("DIRECT.GET", stream, subject)
}

// ConsumerCreate makes a consumer with a name, and with its one filter, if it has
// one, in the subject, so that permissions can be given for it.
func (s Subjects) ConsumerCreate(stream, consumer, filter string) string {
	if filter == "" {
		return s.of("CONSUMER.CREATE", stream, consumer)
	}
	return s.of("CONSUMER.CREATE", stream, consumer, filter)
}

// ConsumerCreateNameless makes a consumer whose name isn't for permissions.
func (s Subjects) ConsumerCreateNameless(stream string) string {
	return s.of("CONSUMER.CREATE", stream)
}

// ConsumerDurableCreate makes a durable consumer as servers before 2.9 know it.
func (s Subjects) ConsumerDurableCreate(stream, consumer string) string {
	return s.of("CONSUMER.DURABLE.CREATE", stream, consumer)
}

func (s Subjects) ConsumerInfo(stream, consumer string) string {
	return s.of("CONSUMER.INFO", stream, consumer)
}

func (s Subjects) ConsumerDelete(stream, consumer string) string {
	return s.of("CONSUMER.DELETE", stream, consumer)
}

func (s Subjects) ConsumerPause(stream, consumer string) string {
	return s.of("CONSUMER.PAUSE", stream, consumer)
}

func (s Subjects) ConsumerUnpin(stream, consumer string) string {
	return s.of("CONSUMER.UNPIN", stream, consumer)
}

func (s Subjects) ConsumerReset(stream, consumer string) string {
	return s.of("CONSUMER.RESET", stream, consumer)
}

func (s Subjects) ConsumerNames(stream string) string { return s.of("CONSUMER.NAMES", stream) }
func (s Subjects) ConsumerList(stream string) string  { return s.of("CONSUMER.LIST", stream) }

// MsgNext asks a pull consumer for messages.
func (s Subjects) MsgNext(stream, consumer string) string {
	return s.of("CONSUMER.MSG.NEXT", stream, consumer)
}

// LeaderElected is the advisory that a consumer of a replicated stream has a new
// leader.
func LeaderElected(stream, consumer string) string {
	return "$JS.EVENT.ADVISORY.CONSUMER.LEADER_ELECTED." + stream + "." + consumer
}
