package natstest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// Conn is a client's connection as its server sees it.
type Conn struct {
	server *Server
	id     int
	bus    *Bus

	mu       sync.Mutex // never held while waiting
	changed  chan struct{}
	conn     net.Conn // TLS once there is TLS
	behavior Behavior
	ops      []Op
	byKind   map[string][]int // where in ops
	bytes    int
	connect  *Op
	wants    wishes
	secure   bool
	out      []outgoing
	dropped  bool // hung up: nothing more is sent or read
	pause    bool
	gone     chan struct{} // closed when dropped
	ended    bool          // its goroutines are done
	err      error
}

// wishes is what a server reads in CONNECT.
type wishes struct {
	Verbose      bool  `json:"verbose"`
	Echo         *bool `json:"echo"`
	Headers      bool  `json:"headers"`
	NoResponders bool  `json:"no_responders"`
}

type outgoing struct {
	at time.Time
	b  []byte
}

func newConn(s *Server, id int, nc net.Conn) *Conn {
	return &Conn{server: s, id: id, bus: s.bus, conn: nc,
		byKind: make(map[string][]int), changed: make(chan struct{}), gone: make(chan struct{})}
}

// ID counts the server's connections from 1.
func (c *Conn) ID() int { return c.id }

// Ops returns what the client has sent so far.
func (c *Conn) Ops() []Op {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Op(nil), c.ops...)
}

// Count returns how many operations of the kind the client has sent.
func (c *Conn) Count(kind string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byKind[kind])
}

// nth returns the n-th operation of the kind, counted from 1, if it came.
func (c *Conn) nth(kind string, n int) (Op, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byKind[kind]
	if n < 1 || n > len(at) {
		return Op{}, false
	}
	return c.ops[at[n-1]], true
}

func (c *Conn) wishes() wishes {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wants
}

// Connect returns the client's CONNECT, and whether it came.
func (c *Conn) Connect() (Op, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connect == nil {
		return Op{}, false
	}
	return *c.connect, true
}

// Bytes returns how many bytes the client has sent that were read.
func (c *Conn) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// TLS reports whether the connection is encrypted.
func (c *Conn) TLS() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secure
}

// Open reports whether neither side has hung up, as far as the server knows.
func (c *Conn) Open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.ended && !c.dropped
}

// Err returns why reading from the client ended; nil while it goes on.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// RemoteAddr returns the client's address.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Subscriptions returns the subjects, each with its queue group behind it, that
// the client is subscribed to.
func (c *Conn) Subscriptions() []string { return c.bus.subscriptions(c) }

// Update changes how the connection is treated from now on.
func (c *Conn) Update(f func(b *Behavior)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.behavior)
	c.wake()
}

func (c *Conn) treatment() Behavior {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behavior
}

// Pause makes the server stop reading, and Resume go on. What it is reading
// already may still be recorded.
func (c *Conn) Pause() { c.setPause(true) }

// Resume ends Pause.
func (c *Conn) Resume() { c.setPause(false) }

func (c *Conn) setPause(p bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause = p
	c.wake()
}

func (c *Conn) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Send sends b as it is. It doesn't wait for the client.
func (c *Conn) Send(b string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped || c.ended {
		return
	}
	c.out = append(c.out, outgoing{time.Now().Add(c.behavior.AnswerDelay), []byte(b)})
	c.wake()
}

// answer is Send for what a mute server doesn't say.
func (c *Conn) answer(b string) {
	if !c.treatment().Mute {
		c.Send(b)
	}
}

// SendErr sends an -ERR line.
func (c *Conn) SendErr(text string) { c.Send("-ERR '" + text + "'\r\n") }

// SendInfo sends an INFO line.
func (c *Conn) SendInfo(info Info) { c.Send(infoLine(info)) }

// SendMsg sends a message to the subscription with the sid.
func (c *Conn) SendMsg(subject, sid, reply, payload string) {
	c.Send(msgLine(subject, sid, reply, "", payload))
}

// SendAway sends an -ERR, and hangs up once that is out.
func (c *Conn) SendAway(text string) {
	c.SendErr(text)
	c.HangUpWhenSent()
}

// HangUpWhenSent hangs up once everything is out.
func (c *Conn) HangUpWhenSent() {
	c.drained()
	c.HangUp()
}

// HangUp closes the connection. What hasn't been sent yet isn't sent.
func (c *Conn) HangUp() { c.drop(errHungUp) }

var errHungUp = errors.New("the server hung up")

func (c *Conn) drop(err error) {
	c.mu.Lock()
	if c.dropped {
		c.mu.Unlock()
		return
	}
	c.dropped = true
	if c.err == nil {
		c.err = err
	}
	conn, reset := c.conn, c.behavior.Reset
	close(c.gone)
	c.wake()
	c.mu.Unlock()
	if tc, ok := conn.(*tls.Conn); ok {
		conn = tc.NetConn() // the close of TLS would wait for the client
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	if lc, ok := conn.(*linkConn); ok && reset {
		lc.link.Cut()
	}
	_ = conn.Close()
}

// drained waits until everything was sent, or the connection is gone.
func (c *Conn) drained() {
	for {
		c.mu.Lock()
		empty, changed := len(c.out) == 0, c.changed
		c.mu.Unlock()
		if empty {
			return
		}
		select {
		case <-changed:
		case <-c.gone:
			return
		}
	}
}

func infoLine(info Info) string {
	b, err := json.Marshal(info)
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return "INFO " + string(b) + "\r\n"
}

func msgLine(subject, sid, reply, header, payload string) string {
	line := "MSG " + subject + " " + sid + " "
	if header != "" {
		line = "H" + line
	}
	if reply != "" {
		line += reply + " "
	}
	if header != "" {
		line += strconv.Itoa(len(header)) + " "
	}
	return line + strconv.Itoa(len(header)+len(payload)) + "\r\n" + header + payload + "\r\n"
}

// serve runs the connection until it ends.
func (c *Conn) serve() {
	writer := make(chan struct{})
	var once sync.Once
	startWriter := func() { once.Do(func() { go func() { defer close(writer); c.writeLoop() }() }) }
	err := c.talk(startWriter)
	c.drop(err)
	startWriter() // so that there is one to wait for
	<-writer
	c.bus.removeIf(func(s *sub) bool { return s.conn == c })
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.server.signal()
}

func (c *Conn) writeLoop() {
	for {
		c.mu.Lock()
		if c.dropped {
			c.mu.Unlock()
			return
		}
		var at time.Time
		if len(c.out) > 0 {
			if at = c.out[0].at; !time.Now().Before(at) {
				b, conn := c.out[0].b, c.conn
				c.mu.Unlock()
				_, err := conn.Write(b)
				if err != nil {
					// Reading ends it: what the client still sends is recorded.
					<-c.gone
					return
				}
				c.mu.Lock()
				c.out[0] = outgoing{}
				c.out = c.out[1:]
				c.wake()
				c.mu.Unlock()
				continue
			}
		}
		changed := c.changed
		c.mu.Unlock()
		wait(changed, at)
	}
}

// talk is the server's side of the conversation.
func (c *Conn) talk(startWriter func()) error {
	b := c.treatment()
	secure, tlsFirst := c.server.tlsConfig()
	if secure != nil && tlsFirst {
		if err := c.encrypt(secure, b); err != nil {
			return err
		}
	}
	startWriter()
	if b.NoInfo {
		return c.swallow()
	}
	if b.RawInfo != "" {
		c.Send(b.RawInfo)
	} else {
		c.SendInfo(c.server.infoFor(c))
	}
	if b.Deaf {
		<-c.gone
		return errHungUp
	}
	if secure != nil && !tlsFirst {
		c.drained()
		if err := c.encrypt(secure, b); err != nil {
			return err
		}
	}
	r := bufio.NewReader(&metered{c})
	for {
		c.waitPaused()
		op, err := readOp(r)
		if err != nil {
			if nonsense(err) {
				c.answer("-ERR 'Unknown Protocol Operation'\r\n")
				c.drained()
			}
			return err
		}
		b, read := c.record(op)
		if b.HangUpAfterOps > 0 && read >= b.HangUpAfterOps {
			return errHungUp
		}
		if b.On != nil && b.On(c, op) {
			continue
		}
		if err := c.obey(op, b); err != nil {
			return err
		}
	}
}

// nonsense reports whether err is about what the client said, and not about the
// connection.
func nonsense(err error) bool {
	var ne net.Error
	return !errors.As(err, &ne) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errHungUp)
}

// swallow reads and ignores until the connection ends.
func (c *Conn) swallow() error {
	_, err := io.Copy(io.Discard, &metered{c})
	if err == nil {
		err = io.EOF
	}
	return err
}

func (c *Conn) encrypt(cfg *tls.Config, b Behavior) error {
	if b.StallTLS {
		return c.swallow()
	}
	tc := tls.Server(c.conn, cfg)
	if err := tc.HandshakeContext(context.Background()); err != nil {
		return fmt.Errorf("TLS handshake: %w", err)
	}
	c.mu.Lock()
	c.conn, c.secure = tc, true
	c.mu.Unlock()
	return nil
}

func (c *Conn) waitPaused() {
	for {
		c.mu.Lock()
		paused, changed := c.pause, c.changed
		c.mu.Unlock()
		if !paused {
			return
		}
		select {
		case <-changed:
		case <-c.gone:
			return
		}
	}
}

// record keeps op, and returns how it is to be treated and how many there are.
func (c *Conn) record(op Op) (Behavior, int) {
	c.mu.Lock()
	c.byKind[op.Kind] = append(c.byKind[op.Kind], len(c.ops))
	c.ops = append(c.ops, op)
	if op.Kind == "CONNECT" {
		c.connect = &op
		c.wants = wishes{}
		_ = json.Unmarshal([]byte(op.JSON), &c.wants) // readOp saw that it is JSON; a strange type is no wish
	}
	b, n := c.behavior, len(c.ops)
	c.wake()
	c.mu.Unlock()
	c.server.signal()
	return b, n
}

// metered reads from the client, counts, stops while paused and hangs up where
// the behaviour says so.
type metered struct{ c *Conn }

func (m *metered) Read(p []byte) (int, error) {
	c := m.c
	c.waitPaused()
	c.mu.Lock()
	conn, limit := c.conn, c.behavior.HangUpAfterBytes
	if limit > 0 {
		if limit <= c.bytes {
			c.mu.Unlock()
			return 0, errHungUp
		}
		p = p[:min(len(p), limit-c.bytes)]
	}
	c.mu.Unlock()
	n, err := conn.Read(p)
	c.mu.Lock()
	c.bytes += n
	c.mu.Unlock()
	c.server.signal()
	return n, err
}
