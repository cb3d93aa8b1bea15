// Command library lets a library that imports nats.go run on this client: orbit's
// natscontext makes the connection and natsext asks over it, both as they are
// published. What puts them here is the replace line in go.mod. From the root of the
// repository:
//
//	go run -C examples/library .
//
// It brings a server of its own, kills it, and brings it back.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/synadia-io/orbit.go/natscontext"
	"github.com/synadia-io/orbit.go/natsext"

	"github.com/evernats/nats"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/libdefaults"
)

func main() {
	cluster.RunChildIfAsked() // the server is this program once more
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "library:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	// natscontext lets nobody say that its connections never give up. This does.
	if err := libdefaults.Set(nats.Resilient()); err != nil {
		return err
	}

	servers, err := cluster.Start(ctx, cluster.Config{Servers: 1})
	if err != nil {
		return err
	}
	defer servers.Close()
	server := servers.Server(0)

	file, err := saveContext(server.URL())
	if err != nil {
		return err
	}
	defer os.Remove(file)
	nc, _, err := natscontext.Connect(file)
	if err != nil {
		return err
	}
	defer nc.Close()
	// The library's connection is of this client's type, with this client's options.
	fmt.Println("natscontext's connection notices a dead server within", nc.Opts.StaleAfter)

	for i := range 3 {
		_, err := nc.Subscribe("who", func(m *nats.Msg) { m.Respond(fmt.Appendf(nil, "worker %d", i+1)) })
		if err != nil {
			return err
		}
	}
	if err := ask(ctx, nc); err != nil {
		return err
	}

	lost := nc.StatusChanged(nats.RECONNECTING)
	if err := server.Kill(); err != nil {
		return err
	}
	select {
	case <-lost:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := server.Restart(ctx); err != nil {
		return err
	}
	fmt.Println("killed the server, and brought it back")
	return ask(ctx, nc)
}

// saveContext writes what the nats command line would: a context.
func saveContext(url string) (string, error) {
	text, err := json.Marshal(map[string]string{"url": url})
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "context*.json")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		return "", err
	}
	return filepath.Abs(f.Name())
}

// ask asks all workers at once, and waits for a connection first if there is none.
func ask(ctx context.Context, nc *nats.Conn) error {
	if err := nc.WaitConnected(ctx); err != nil {
		return err
	}
	answers, err := natsext.RequestMany(ctx, nc, "who", nil, natsext.RequestManyMaxMessages(3))
	if err != nil {
		return err
	}
	n := 0
	for _, err := range answers {
		if err != nil {
			return err
		}
		n++
	}
	fmt.Printf("natsext got %d answers\n", n)
	return nil
}
