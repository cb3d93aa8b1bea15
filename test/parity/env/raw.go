package env

import (
	"bufio"
	"io"
	"net"
	"strings"
	"time"
)

// Raw sends text to the server as a client of its own and waits until the
// server has taken it, or has hung up on it.
func (e *Env) Raw(s *Server, text string) {
	e.Helper()
	c, err := net.Dial("tcp", s.Addr())
	e.Must(err)
	defer c.Close()
	e.Must(c.SetDeadline(time.Now().Add(Patience)))
	_, err = io.WriteString(c, "CONNECT {\"verbose\":false,\"protocol\":1,\"headers\":true,\"no_responders\":true}\r\n"+text+"PING\r\n")
	e.Must(err)
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "PONG") {
			return
		}
	}
}
