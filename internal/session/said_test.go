package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/internal/reconnect"
	"github.com/evernats/nats/internal/wire"
)

// What an -ERR is about is read from how it begins, whatever the case.
func TestWhatServersSay(t *testing.T) {
	for text, want := range map[string]SaidKind{
		"Authorization Violation":                     SaidUnauthorized,
		"User Authentication Expired":                 SaidUserExpired,
		"user authentication revoked":                 SaidUserRevoked,
		"Account Authentication Expired":              SaidAccountExpired,
		"maximum connections exceeded":                SaidServerFull,
		"maximum account active connections exceeded": SaidAccountFull,
		" Stale Connection":                           SaidStale,
		"maximum subscriptions exceeded":              SaidTooManySubscriptions,
		"Secure Connection - TLS Required":            SaidSecure,
		`Permissions Violation for Publish to "a"`:    SaidForbidden,
		"Maximum Control Line Exceeded":               SaidTooLong,
		"Slow Consumer":                               SaidOther,
		"":                                            SaidOther,
		"no Authorization Violation, but what begins in another way": SaidOther,
	} {
		if got := ReadErr(text); got.Kind != want || got.Text != text || got.Error() != text {
			t.Errorf("%q: %+v", text, got)
		}
	}
	long := strings.Repeat("x", 10_000)
	if got := ReadErr(long).Error(); len(got) > longestText+100 || !strings.Contains(got, "10000 bytes") {
		t.Errorf("a long text is shown in %d bytes", len(got))
	}
}

// Errors are of the kinds that the machine tells apart.
func TestFailures(t *testing.T) {
	late := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	for _, c := range []struct {
		err    error
		kind   reconnect.FailureKind
		reason string
	}{
		{io.EOF, reconnect.Network, ""},
		{&Error{Err: io.EOF}, reconnect.Network, ""},
		{&Error{Own: true, Err: late}, reconnect.Local, ""},
		{ReadErr("User Authentication Expired 'x'"), reconnect.Auth, "user authentication expired"},
		{&Error{Err: ReadErr("authorization violation")}, reconnect.Auth, "authorization violation"},
		{ReadErr("stale connection"), reconnect.Stale, ""},
		{&Error{Fault: Stale}, reconnect.Stale, ""},
		{&Error{Err: ReadErr("maximum account active connections exceeded")}, reconnect.Refused, ""},
		{&Error{Err: ReadErr("secure connection required")}, reconnect.TLS, ""},
		{&Error{Fault: NoTLS}, reconnect.TLS, ""},
		{&Error{TLS: true, Err: io.EOF}, reconnect.TLS, ""},
		{&Error{Err: late}, reconnect.TimedOut, ""},
		{&Error{Fault: TimedOut}, reconnect.TimedOut, ""},
		{fmt.Errorf("a dialer's: %w", context.DeadlineExceeded), reconnect.TimedOut, ""},
	} {
		if f := failureOf(c.err); f.Kind != c.kind || f.Reason != c.reason || f.Err != c.err {
			t.Errorf("%v: %+v", c.err, f)
		}
	}
	gone := &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
	if !IsTimeout(late) || !IsTimeout(&Error{Err: late}) || IsTimeout(gone) || IsTimeout(&Error{Err: gone}) || IsTimeout(io.EOF) {
		t.Error("a deadline that passed and a connection that the system gave up are taken for each other")
	}
}

// Why a link ended: what the server said, or that it acknowledges nothing, comes before
// what a socket says.
func TestWhyALinkEnded(t *testing.T) {
	srv, err := address.Parse("nats://a:4222")
	if err != nil {
		t.Fatal(err)
	}
	gone := &net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.ETIMEDOUT)}
	for what, c := range map[string]struct {
		do     func(l *Link)
		fault  Fault
		said   SaidKind
		byPeer bool
	}{
		"it hung up":                {func(l *Link) { l.Lost(l.Ended(PhaseRead, io.EOF)) }, Failed, SaidOther, true},
		"it said why":               {func(l *Link) { l.Said("User Authentication Expired"); l.Lost(l.Ended(PhaseRead, io.EOF)) }, Failed, SaidUserExpired, true},
		"it is full":                {func(l *Link) { l.Said("maximum connections exceeded"); l.Lost(l.Ended(PhaseRead, io.EOF)) }, Failed, SaidServerFull, true},
		"it said something else":    {func(l *Link) { l.Said("slow consumer"); l.Lost(l.Ended(PhaseRead, io.EOF)) }, Failed, SaidOther, true},
		"it calls the client stale": {func(l *Link) { l.Said("Stale Connection") }, Failed, SaidStale, false},
		"it acknowledges nothing": {func(l *Link) {
			l.Fail(l.Ended(PhaseWrite, gone))
			l.Lost(l.Ended(PhaseRead, io.EOF))
		}, Stale, SaidOther, false},
		"PINGs unanswered":      {func(l *Link) { l.stale() }, Stale, SaidOther, false},
		"it talks nonsense":     {func(l *Link) { l.GiveUp(l.Ended(PhaseRead, wire.ErrSyntax)) }, Failed, SaidOther, false},
		"a write took too long": {func(l *Link) { l.Lost(l.Ended(PhaseWrite, os.ErrDeadlineExceeded)) }, Failed, SaidOther, false},
	} {
		t.Run(what, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			l := NewLink(new(Session), here, srv, &wire.ServerInfo{})
			c.do(l)
			l.Lost(errors.New("late")) // the first one counts
			cause := l.cause(*l.endedBy.Load())
			if cause.Error() == "late" {
				t.Error("a later report is the cause")
			}
			var e *Error
			var said *Said
			errors.As(cause, &e)
			errors.As(cause, &said)
			if e != nil && e.Fault != c.fault || said != nil && said.Kind != c.said || said == nil && c.said != SaidOther {
				t.Errorf("cause: %v", cause)
			}
			if l.EndedByPeer() != c.byPeer {
				t.Errorf("ended by the peer: %v", l.EndedByPeer())
			}
			if !l.Closed() {
				t.Error("its socket is open")
			}
		})
	}
}

// What the server says before it hangs up is the reason of the loss.
func TestWordsBeforeTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, n *natstest.Network) {
		s := serve(t, n, addrA)
		h := open(t, n, nil, addrA).begin()
		time.Sleep(time.Minute)
		s.Last().SendAway("User Authentication Revoked")
		synctest.Wait()
		a := h.lastTold(reconnect.TellDisconnected)
		if said := new(Said); a == nil || !errors.As(a.Err, &said) || said.Kind != SaidUserRevoked {
			t.Errorf("told: %+v", a)
		}
	})
}
