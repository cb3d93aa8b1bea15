package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"sort"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestInterleave(t *testing.T) {
	reverse := func(n int, swap func(i, j int)) {
		for i := 0; i < n/2; i++ {
			swap(i, n-1-i)
		}
	}
	for _, tc := range []struct {
		in, want string
		shuffle  func(n int, swap func(i, j int))
	}{
		{"10.0.0.1", "10.0.0.1", nil},
		{"::1 ::2 10.0.0.1 10.0.0.2", "::1 10.0.0.1 ::2 10.0.0.2", nil},
		{"10.0.0.1 10.0.0.2 10.0.0.3 ::1", "10.0.0.1 ::1 10.0.0.2 10.0.0.3", nil},
		{"10.0.0.1 ::ffff:10.0.0.1 10.0.0.1", "10.0.0.1", nil},
		{"::1 ::2 10.0.0.1 10.0.0.2 10.0.0.3", "::2 10.0.0.3 ::1 10.0.0.2 10.0.0.1", reverse},
	} {
		var in []netip.Addr
		for _, s := range strings.Fields(tc.in) {
			in = append(in, netip.MustParseAddr(s))
		}
		var got []string
		for _, a := range interleave(in, tc.shuffle) {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: got %s, want %s", tc.in, got, tc.want)
		}
	}
}

// Of several addresses only one answers; it is found, whatever the others do.
func TestDialFindsTheLiveAddress(t *testing.T) {
	noLeak(t)
	d := newDNS(t)
	addr := echo(t, "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(addr)
	d.set("many.test", "127.0.0.2", "127.0.0.3", "::1", "127.0.0.1")
	cfg := &Config{Dialer: &net.Dialer{
		Resolver: d.resolver(),
		Control: func(_, address string, _ syscall.RawConn) error {
			if address == addr {
				return nil
			}
			return syscall.ECONNREFUSED // whoever may have the same port there
		},
	}}
	c, err := Dial(t.Context(), cfg, mustParse(t, "nats://many.test:"+port), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.RemoteAddr().String(); got != addr {
		t.Errorf("connected to %s", got)
	}
	works(t, c)
	_ = c.Close()

	// Names are looked up anew each time.
	d.set("many.test", "127.0.0.4")
	_, err = Dial(t.Context(), cfg, mustParse(t, "nats://many.test:"+port), nil)
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "127.0.0.4") || !strings.Contains(err.Error(), "many.test") {
		t.Errorf("got %v", err)
	}
}

func TestDialTriesAllAddresses(t *testing.T) {
	d := newDNS(t)
	d.set("many.test", "127.0.0.1", "127.0.0.2", "::1", "127.0.0.3")
	boom := errors.New("boom")
	var mu sync.Mutex
	var asked []string
	cfg := &Config{
		Dialer: &net.Dialer{Resolver: d.resolver()},
		Custom: dialerFunc(func(_, address string) (net.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, address)
			return nil, boom
		}),
	}
	_, err := Dial(t.Context(), cfg, mustParse(t, "nats://many.test:4222"), nil)
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	sort.Strings(asked)
	if want := []string{"127.0.0.1:4222", "127.0.0.2:4222", "127.0.0.3:4222", "[::1]:4222"}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked for %q", asked)
	}
	for _, a := range asked {
		if !strings.Contains(err.Error(), a) {
			t.Errorf("%q doesn't name %s", err, a)
		}
	}
}

func TestLookupFails(t *testing.T) {
	noLeak(t)
	d := newDNS(t)
	cfg := &Config{Dialer: &net.Dialer{Resolver: d.resolver()}}
	_, err := Dial(t.Context(), cfg, mustParse(t, "nats://unknown.test:4222"), nil)
	var de *net.DNSError
	if !errors.As(err, &de) || !de.IsNotFound || !strings.HasPrefix(err.Error(), "look up unknown.test: ") {
		t.Errorf("got %v", err)
	}
}

// The resolver gives up after seconds; the caller doesn't wait for it.
func TestLookupHangs(t *testing.T) {
	d := newDNS(t)
	d.hush()
	stuck := make(chan struct{})
	defer close(stuck)
	for name, r := range map[string]*net.Resolver{
		"silent server": d.resolver(),
		"stuck dial": {PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			<-stuck
			return nil, errors.New("stuck")
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		done := make(chan error, 1)
		go func() {
			_, err := Dial(ctx, &Config{Dialer: &net.Dialer{Resolver: r}}, mustParse(t, "nats://some.test:4222"), nil)
			done <- err
		}()
		select {
		case err := <-done:
			timedOut(t, err)
			if !strings.HasPrefix(err.Error(), "look up some.test: ") {
				t.Errorf("%s: error says %q", name, err)
			}
		case <-time.After(2 * time.Second):
			t.Errorf("%s: Dial waits for the resolver", name)
		}
		cancel()
	}
	if d.queries() == 0 {
		t.Error("the silent server was never asked")
	}
}

func ExampleError() {
	err := error(&Error{Phase: "look up", Addr: "host.example", Err: context.DeadlineExceeded})
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), err.(net.Error).Timeout())
	// Output:
	// look up host.example: context deadline exceeded
	// true true
}
