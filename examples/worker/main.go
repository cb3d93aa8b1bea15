// Command worker takes jobs from a queue group, answers those who want an
// answer, and ends after a number of jobs or at Ctrl-C, in either case with the
// jobs it has taken finished.
//
//	worker -subject orders -group workers
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"

	"github.com/evernats/nats"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	subject := flag.String("subject", "orders", "subject that jobs come on")
	group := flag.String("group", "workers", "queue group that shares them")
	jobs := flag.Int("jobs", 0, "end after this many; 0: never")
	flag.Parse()
	log.SetFlags(0)

	closed := make(chan struct{})
	nc, err := nats.Connect(*url,
		nats.Name("worker"),
		nats.MaxReconnects(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Println("disconnected:", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { log.Println("reconnected to", nc.ConnectedUrlRedacted()) }),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
	)
	if err != nil {
		log.Fatalf("connect to %s: %v", *url, err)
	}

	enough := make(chan os.Signal, 1)
	signal.Notify(enough, os.Interrupt)
	done := 0
	_, err = nc.QueueSubscribe(*subject, *group, func(m *nats.Msg) {
		done++
		fmt.Printf("job %d: %s\n", done, m.Data)
		if m.Reply != "" {
			if err := m.Respond([]byte(strings.ToUpper(string(m.Data)))); err != nil {
				log.Println("answer:", err)
			}
		}
		if done == *jobs {
			enough <- os.Interrupt
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")

	<-enough
	if err := nc.Drain(); err != nil {
		log.Fatal(err)
	}
	<-closed
}
