// Command player lets foreign libraries talk to a NATS server, through its death
// and its return, and prints what they make of it. It is built twice, with nats.go
// and with what stands in for it, and must print the same.
//
// It is led by lines on its standard input: "down" when the server is about to be
// killed, "up" when it is back, "end" when it is gone for good.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"
)

// patience bounds every wait.
const patience = 20 * time.Second

func main() {
	// Which client it is goes where the comparison doesn't look.
	fmt.Fprintln(os.Stderr, reflect.TypeFor[nats.Conn]().PkgPath())
	if err := play(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "player:", err)
		os.Exit(1)
	}
}

// events are the calls of a connection's handlers.
type events struct{ disconnected, reconnected, closed chan struct{} }

func (e events) options() []nats.Option {
	return []nats.Option{
		nats.MaxReconnects(-1),
		nats.ReconnectWait(20 * time.Millisecond),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { e.disconnected <- struct{}{} }),
		nats.ReconnectHandler(func(*nats.Conn) { e.reconnected <- struct{}{} }),
		nats.ClosedHandler(func(*nats.Conn) { close(e.closed) }),
	}
}

func play(url string) error {
	dir, err := os.MkdirTemp("", "player")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	saved := filepath.Join(dir, "saved.json")
	if err := saveContext(saved, url); err != nil {
		return err
	}
	lead := bufio.NewScanner(os.Stdin)

	e := events{make(chan struct{}, 9), make(chan struct{}, 9), make(chan struct{})}
	nc, settings, err := natscontext.Connect(saved, e.options()...)
	if err != nil {
		return err
	}
	fmt.Println("natscontext connected:", settings.Description, nc.Status(), nc.ConnectedUrl() == url)
	if err := serve(nc); err != nil {
		return err
	}
	management, err := manage(context.Background(), nc, filepath.Join(dir, "management"))
	if err != nil {
		return err
	}
	ask(nc)

	if err := told(lead, "down"); err != nil {
		return err
	}
	if err := wait(e.disconnected, "a disconnect"); err != nil {
		return err
	}
	fmt.Println("disconnected")
	later, err := nc.SubscribeSync("later")
	if err != nil {
		return err
	}
	fmt.Println("publish without a server:", nc.Publish("later", []byte("kept")))
	_, err = nc.Request("nobody", nil, 30*time.Millisecond)
	fmt.Println("request without a server:", err == nats.ErrTimeout, err)

	if err := told(lead, "up"); err != nil {
		return err
	}
	if err := wait(e.reconnected, "a reconnect"); err != nil {
		return err
	}
	fmt.Println("reconnected", nc.Status(), nc.ConnectedUrl() == url)
	msg, err := later.NextMsg(patience)
	if err != nil {
		return fmt.Errorf("what was published without a server: %w", err)
	}
	fmt.Println("arrived:", string(msg.Data))
	ask(nc)
	stopManagement(nc, management)

	fmt.Println("drain:", nc.Drain())
	if err := wait(e.closed, "the end of the drain"); err != nil {
		return err
	}
	fmt.Println("closed", nc.Status(), nc.LastError())
	ask(nc)

	if err := told(lead, "end"); err != nil {
		return err
	}
	_, _, err = natscontext.Connect(saved)
	fmt.Println("natscontext without a server:", err == nats.ErrNoServers, err)
	_, _, err = natscontext.Connect(filepath.Join(dir, "none.json"))
	fmt.Println("natscontext without a context:", errors.Is(err, os.ErrNotExist))
	return nil
}

func saveContext(file, url string) error {
	text, err := json.Marshal(map[string]string{"url": url, "description": "the story", "inbox_prefix": "_STORY"})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// told waits for a line of whoever leads.
func told(lead *bufio.Scanner, want string) error {
	fmt.Println("--")
	if !lead.Scan() || lead.Text() != want {
		return fmt.Errorf("told %q, expected %q", lead.Text(), want)
	}
	return nil
}

func wait(c <-chan struct{}, what string) error {
	select {
	case <-c:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("waited %v for %s", patience, what)
	}
}
