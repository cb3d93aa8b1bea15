package wire

// verbState is the outcome of looking for a verb at the front of a buffer.
type verbState uint8

const (
	verbPartial verbState = iota // may become a verb when more bytes arrive
	verbFound
	verbUnknown
)

// verbs in the order in which prefixes are tried; the most frequent first.
var verbs = [...]struct {
	name string
	kind Kind
}{
	{"MSG", Msg}, {"HMSG", HMsg}, {"PING", Ping}, {"PONG", Pong},
	{"PUB", Pub}, {"HPUB", HPub}, {"SUB", Sub}, {"UNSUB", Unsub},
	{"INFO", Info}, {"CONNECT", Connect}, {"+OK", OK}, {"-ERR", Err},
}

// String returns the verb as it stands on the wire.
func (k Kind) String() string {
	for i := range verbs {
		if verbs[i].kind == k {
			return verbs[i].name
		}
	}
	return "none"
}

// findVerb reads the verb at the front of buf, in any case. It tells an unknown
// verb by the first byte that rules out all of them, without waiting for the end
// of a line: a peer that speaks another protocol may never send one.
func findVerb(buf []byte) (k Kind, length int, s verbState) {
	s = verbUnknown
	for i := range verbs {
		name := verbs[i].name
		n := min(len(buf), len(name))
		if !hasFold(buf[:n], name) {
			continue
		}
		if len(buf) <= len(name) {
			s = verbPartial // what ends the verb isn't there yet
			continue
		}
		switch buf[len(name)] {
		case ' ', '\t', '\r', '\n':
			return verbs[i].kind, len(name), verbFound
		}
	}
	return None, 0, s
}

// hasFold reports whether b is the start of the upper-case name, in any case.
func hasFold(b []byte, name string) bool {
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

// unknownVerb describes bytes that are no verb, with a hint at the usual
// mistakes. It looks at no more bytes than findVerb needed to refuse them.
func unknownVerb(buf []byte) error {
	what := "unknown operation"
	switch {
	case buf[0] == 0x15 || buf[0] == 0x16:
		what = "unknown operation (a TLS record: the peer speaks TLS where plain text was expected)"
	case len(buf) > 1 && hasFold(buf[:2], "HT"):
		what = "unknown operation (HTTP? the peer doesn't seem to speak NATS here)"
	}
	return syntaxErr(what, buf)
}
