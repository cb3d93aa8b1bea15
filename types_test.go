package nats

import "testing"

func TestStatusNames(t *testing.T) {
	for s, want := range map[Status]string{
		0: "DISCONNECTED", 1: "CONNECTED", 2: "CLOSED", 3: "RECONNECTING", 4: "CONNECTING",
		5: "DRAINING_SUBS", 6: "DRAINING_PUBS", 7: "unknown status", -1: "unknown status",
	} {
		if got := s.String(); got != want {
			t.Errorf("Status(%d) is %q, want %q", s, got, want)
		}
	}
	for s, want := range map[SubStatus]string{
		0: "Active", 1: "Draining", 2: "Closed", 3: "SlowConsumer", 4: "unknown status", -1: "unknown status",
	} {
		if got := s.String(); got != want {
			t.Errorf("SubStatus(%d) is %q, want %q", s, got, want)
		}
	}
	for p, want := range map[OutboundFullPolicy]string{
		OutboundDefault: "OutboundDefault", FailPublish: "FailPublish", WaitForRoom: "WaitForRoom",
		DropOldest: "DropOldest", 9: "OutboundFullPolicy(9)",
	} {
		if got := p.String(); got != want {
			t.Errorf("policy %d is %q, want %q", int(p), got, want)
		}
	}
}
