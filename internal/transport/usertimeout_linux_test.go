package transport

import (
	"net"
	"syscall"
	"testing"
	"time"
)

func TestUserTimeoutIsSet(t *testing.T) {
	addr := echo(t, "127.0.0.1:0")
	for want, cfg := range map[int]*Config{
		0:    {},
		1500: {UserTimeout: 1500 * time.Millisecond},
		1:    {UserTimeout: time.Microsecond}, // 0 would be the system's default
	} {
		c, err := Dial(t.Context(), cfg, mustParse(t, "nats://"+addr), nil)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := c.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var got int
		_ = rc.Control(func(fd uintptr) { got, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout) })
		if err != nil || got != want {
			t.Errorf("%v: TCP_USER_TIMEOUT is %d ms (%v), want %d", cfg.UserTimeout, got, err, want)
		}
		_ = c.Close()
	}
}
