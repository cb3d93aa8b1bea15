package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// peerEnv makes a child of this program the peer: bare sockets in a process of
// their own, so that only the client's work is counted.
const peerEnv = "EVERNATS_BENCH_PEER"

// peer is the parent's view of it.
type peer struct {
	sink   string // takes whatever is published and answers PINGs
	source string // sends messages on order, counts subscriptions, hangs up when told

	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
}

func startPeer() (*peer, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), peerEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &peer{cmd: cmd, in: in, lines: make(chan string, 16)}
	go func() {
		sc := bufio.NewScanner(out)
		for sc.Scan() {
			p.lines <- sc.Text()
		}
		close(p.lines)
	}()
	if _, err := fmt.Sscan(<-p.lines, &p.sink, &p.source); err != nil {
		return nil, fmt.Errorf("the peer didn't say its addresses: %w", err)
	}
	return p, nil
}

// tell gives the peer an order; its answer, if there is one, comes in lines.
func (p *peer) tell(format string, args ...any) {
	_, err := fmt.Fprintf(p.in, format+"\n", args...)
	must(err)
}

func (p *peer) stop() {
	p.in.Close() // the child ends with its standard input
	p.cmd.Wait()
}

// runPeer is the child's main.
func runPeer() {
	sink, source := listen(), listen()
	s := &sources{conns: map[net.Conn]string{}}
	go accept(sink, serveSink)
	go accept(source, s.serve)
	fmt.Println("nats://"+sink.Addr().String(), "nats://"+source.Addr().String())
	sc := bufio.NewScanner(os.Stdin)
	for sc.Scan() {
		verb, arg, _ := strings.Cut(sc.Text(), " ")
		switch verb {
		case "drop":
			s.drop(arg)
		case "responder":
			go runResponder(arg)
		}
	}
}

func listen() net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	return l
}

func accept(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		must(err)
		go serve(c)
	}
}

const infoLine = `INFO {"server_id":"BENCH","server_name":"bench","version":"2.15.0","go":"go","host":"127.0.0.1","port":4222,"headers":true,"max_payload":8388608,"proto":1,"client_id":1}` + "\r\n"

var (
	pingLine = []byte("PING\r\n")
	pongLine = []byte("PONG\r\n")
)

// serveSink discards what comes, save for PINGs. No payload holds one.
func serveSink(c net.Conn) {
	defer c.Close()
	io.WriteString(c, infoLine)
	buf := make([]byte, 256<<10)
	have := 0
	for {
		n, err := c.Read(buf[have:])
		if err != nil {
			return
		}
		have += n
		if pings := bytes.Count(buf[:have], pingLine); pings > 0 {
			c.Write(bytes.Repeat(pongLine, pings))
		}
		// The last bytes may be the front of a PING.
		tail := buf[:have]
		if i := bytes.LastIndexByte(tail, 'P'); i >= 0 && have-i < len(pingLine) {
			tail = tail[i:]
			have = copy(buf, tail)
		} else {
			have = 0
		}
	}
}

// sources are the connections that messages come from.
type sources struct {
	mu    sync.Mutex
	conns map[net.Conn]string // the names that their clients gave
	want  int                 // subscriptions that the next connection makes; 0: not timed
}

// drop hangs up on the clients of a name. The next one says how long it takes to
// subscribe so many times.
func (s *sources) drop(arg string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var name string
	fmt.Sscan(arg, &name, &s.want)
	for c, n := range s.conns {
		if n == name {
			c.Close()
		}
	}
}

// enter notes a connection, with the name that its CONNECT has.
func (s *sources) enter(c net.Conn, connect []byte) (want int) {
	var hello struct{ Name string }
	must(json.Unmarshal(connect, &hello))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = hello.Name
	want, s.want = s.want, 0
	return want
}

func (s *sources) forget(c net.Conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}
