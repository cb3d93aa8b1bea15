package env

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// Wire stands between clients and a server and notes what the clients say.
type Wire struct {
	e        *Env
	listener net.Listener
	target   string

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
	done   sync.WaitGroup
}

// Wire starts a recorder before the server. What clients send is noted on the
// lane "wire", except PING and PONG: their number is a matter of timing.
func (e *Env) Wire(s *Server) *Wire {
	e.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	e.Must(err)
	w := &Wire{e: e, listener: l, target: s.Addr()}
	e.Alias(l.Addr().String(), s.Name+"-wire")
	w.done.Go(w.accept)
	e.Cleanup(w.close)
	return w
}

// URL is what a client connects to.
func (w *Wire) URL() string { return "nats://" + w.listener.Addr().String() }

func (w *Wire) close() {
	w.mu.Lock()
	w.closed = true
	w.listener.Close()
	for _, c := range w.conns {
		c.Close()
	}
	w.mu.Unlock()
	w.done.Wait()
}

// Cut hangs up on every client.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

func (w *Wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			client.Close()
			continue
		}
		w.mu.Lock()
		if w.closed {
			client.Close()
			server.Close()
		} else {
			w.conns = append(w.conns, client, server)
			w.done.Go(func() { defer client.Close(); defer server.Close(); _, _ = io.Copy(client, server) })
			w.done.Go(func() { defer client.Close(); defer server.Close(); w.record(client, server) })
		}
		w.mu.Unlock()
	}
}

// record passes on whole frames only, each after it was noted: what the server
// has acted on is on the lane.
func (w *Wire) record(client io.Reader, server io.Writer) {
	lane := w.e.On("wire")
	r := bufio.NewReader(client)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			if line != "" {
				lane.Log("half a line: %q", line)
			}
			return
		}
		frame, payload := line, 0
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch strings.ToUpper(verb) {
		case "PING", "PONG":
		case "CONNECT":
			lane.Log("CONNECT %s", connectText(rest))
		case "PUB", "HPUB":
			fields := strings.Fields(rest)
			if len(fields) == 0 {
				lane.Log("malformed: %q", line)
				break
			}
			if payload, err = strconv.Atoi(fields[len(fields)-1]); err != nil {
				lane.Log("malformed: %q", line)
				break
			}
			body := make([]byte, payload+2)
			if _, err := io.ReadFull(r, body); err != nil {
				lane.Log("half a frame: %q", line)
				return
			}
			frame += string(body)
			lane.Log("%q %q", oneSpace(line), body)
		default:
			lane.Log("%q", oneSpace(line))
		}
		if _, err := io.WriteString(server, frame); err != nil {
			return
		}
	}
}

// oneSpace is a control line without the spaces that mean nothing: a library
// may put two of them where an optional field isn't there.
func oneSpace(line string) string {
	if !strings.HasSuffix(line, "\r\n") {
		return line
	}
	return strings.Join(strings.Fields(line), " ")
}

// connectText sorts the keys and takes out what has to differ between two
// libraries and two connections.
func connectText(text string) string {
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		return fmt.Sprintf("malformed %q", text)
	}
	if v, ok := fields["version"].(string); ok && v != "" {
		fields["version"] = "some"
	}
	for _, secret := range []string{"sig", "jwt", "nkey"} {
		if v, ok := fields[secret].(string); ok && v != "" {
			fields[secret] = "some"
		}
	}
	sorted, err := json.Marshal(fields)
	if err != nil {
		return err.Error()
	}
	return string(sorted)
}
