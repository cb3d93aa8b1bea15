package walks

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	nats "github.com/evernats/nats"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/evernats/nats/internal/natstest"
	"github.com/evernats/nats/test/identity/world"
)

func connecting() []world.Walk {
	return []world.Walk{
		{Name: "connect/nobody", Run: connectNobody},
		{Name: "connect/strangers", Run: connectStrangers},
		{Name: "connect/refused", Run: connectRefused},
		{Name: "connect/own code", Run: connectOwnCode},
		{Name: "connect/several", Run: connectSeveral},
	}
}

func hello(c net.Conn) {
	fmt.Fprintf(c, "INFO {\"server_id\":\"x\",\"max_payload\":1048576,\"headers\":true,\"proto\":1,\"nonce\":\"abcdefghijk\"}\r\n")
}

// hearing reads until the client's first PING.
func hearing(c net.Conn) {
	b := make([]byte, 4096)
	var all []byte
	for {
		n, err := c.Read(b)
		all = append(all, b[:n]...)
		if err != nil || len(all) > 6 && string(all[len(all)-6:]) == "PING\r\n" {
			return
		}
	}
}

// hangsUp, resets and the others are servers of a kind.
func hangsUp(net.Conn) {}

func resets(c net.Conn) { world.Reset(c) }

func hangsUpOnPing(c net.Conn) { hello(c); hearing(c) }

func resetsOnPing(c net.Conn) { hello(c); hearing(c); world.Reset(c) }

func stays(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func says(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text); stays(c) }
}

func connectNobody(w *world.World) {
	attempt(w, "refused", w.Dead())
	attempt(w, "refused, two", w.Dead()+","+w.Dead())
	attempt(w, "websocket refused", "ws"+w.Dead()[4:])
	attempt(w, "unknown name", "nats://no-such-host.invalid:4222")
	attempt(w, "unknown name for the dialer", "nats://no-such-host.invalid:4222", nats.SkipHostLookup())
	attempt(w, "time-out of the dialer", w.Dead(), nats.Dialer(&net.Dialer{Timeout: time.Nanosecond}))
	attempt(w, "port", "nats://127.0.0.1:99999")
	attempt(w, "port of a name", "nats://localhost:99999")
	attempt(w, "unknown scheme", "foo"+w.Dead()[4:])
	attempt(w, "no url", "", nats.SetCustomDialer(failing{io.ErrNoProgress}))
}

func connectStrangers(w *world.World) {
	attempt(w, "silent", w.Listen(stays), nats.Timeout(50*time.Millisecond))
	attempt(w, "silent after CONNECT", w.Listen(func(c net.Conn) { hello(c); stays(c) }), nats.Timeout(50*time.Millisecond))
	attempt(w, "hangs up", w.Listen(hangsUp))
	attempt(w, "hangs up in the first line", w.Listen(func(c net.Conn) { fmt.Fprint(c, "INFO {") }))
	attempt(w, "hangs up before PONG", w.Listen(hangsUpOnPing))
	attempt(w, "HTTP", w.Listen(says("HTTP/1.1 400 Bad Request\r\n\r\n")))
	attempt(w, "MSG first", w.Listen(says("MSG a 1 0\r\n\r\n")))
	attempt(w, "PING first", w.Listen(says("PING\r\n")))
	attempt(w, "-ERR first", w.Listen(says("-ERR 'not today'\r\n")))
	attempt(w, "INFO is no JSON", w.Listen(says("INFO {x}\r\n")))
	attempt(w, "INFO is a text", w.Listen(says("INFO abc\r\n")))
	attempt(w, "INFO has a wrong type", w.Listen(says("INFO {\"port\":\"x\"}\r\n")))
	attempt(w, "websocket wanted", "ws"+w.Listen(says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))[4:])
}

// refusals are what a server says to a CONNECT that it doesn't like.
var refusals = []string{
	"Authorization Violation", "authorization violation", "Authorization Violation - more",
	"User Authentication Expired", "User Authentication Revoked", "Account Authentication Expired",
	"maximum connections exceeded", "maximum account active connections exceeded", "Maximum Subscriptions Exceeded",
	"Permissions Violation for Publish to \"x\"", "Secure Connection - TLS Required", "Stale Connection", "Some Other Thing",
}

func connectRefused(w *world.World) {
	for _, text := range refusals {
		s := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Always(natstest.Behavior{Refuse: text})})
		attempt(w, text, s.URL())
	}
	s := w.Server(func(o *server.Options) { o.Username, o.Password = "me", "secret" })
	attempt(w, "real server", s.URL())
	attempt(w, "no echo", w.Listen(func(c net.Conn) { fmt.Fprint(c, "INFO {\"server_id\":\"x\",\"proto\":0}\r\n"); stays(c) }), nats.NoEcho())
	nkey := w.NewUser()
	attempt(w, "no nonce", w.Server().URL(), nats.Nkey(nkey.Public, nkey.Sign))
	operator := w.Operator()
	trusting := w.Server(operator.Trusted)
	attempt(w, "unknown user", trusting.URL(), nats.UserJWTAndSeed(nkey.JWT+"a.b.c", nkey.Seed))
}

type failing struct{ err error }

func (f failing) Dial(string, string) (net.Conn, error) { return nil, f.err }

func (f failing) InProcessConn() (net.Conn, error) { return nil, f.err }

func connectOwnCode(w *world.World) {
	s := w.Server().URL()
	mine := errors.New("mine")
	attempt(w, "dialer", s, nats.SetCustomDialer(failing{mine}))
	attempt(w, "dialer, refused by its text", s, nats.SetCustomDialer(failing{errors.New("proxy: connection refused")}))
	attempt(w, "dialer of websockets", "ws"+s[4:], nats.SetCustomDialer(failing{mine}))
	attempt(w, "in-process", "", nats.InProcessServer(failing{mine}))
	attempt(w, "JWT", s, nats.UserJWT(func() (string, error) { return "", mine }, func([]byte) ([]byte, error) { return nil, nil }))
	attempt(w, "signature of a JWT", w.Listen(says("INFO {\"nonce\":\"abcdefghijk\"}\r\n")),
		nats.UserJWT(func() (string, error) { return "a.b.c", nil }, func([]byte) ([]byte, error) { return nil, mine }))
	attempt(w, "signature of an nkey", w.Listen(says("INFO {\"nonce\":\"abcdefghijk\"}\r\n")),
		nats.Nkey("UX", func([]byte) ([]byte, error) { return nil, mine }))
	o := nats.GetDefaultOptions()
	o.Url = s
	o.Nkey = "UX"
	_, err := o.Connect()
	w.Saw("nkey without a signature", err)
	o.Nkey = ""
	o.UserJWT = func() (string, error) { return "a.b.c", nil }
	_, err = o.Connect()
	w.Saw("JWT without a signature", err)
}

// connectSeveral: the most telling error of a pass.
func connectSeveral(w *world.World) {
	silent := w.Listen(stays)
	dead, eof := w.Dead(), w.Listen(hangsUp)
	refuses := natstest.NewServer(w.TB, natstest.Config{Behave: natstest.Always(natstest.Behavior{Refuse: "Authorization Violation"})}).URL()
	attempt(w, "EOF, refused", eof+","+dead)
	attempt(w, "refused, EOF", dead+","+eof)
	attempt(w, "refused, says no", dead+","+refuses)
	attempt(w, "refused, silent", dead+","+silent, nats.Timeout(50*time.Millisecond))
	attempt(w, "says no, refused", refuses+","+dead)
	attempt(w, "says no, EOF", refuses+","+eof)
}
