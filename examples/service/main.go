// Command service offers two endpoints for text, and is found by tools such as
// nats micro. Several of them share the requests.
//
//	service -name text
//	requester -subject text.upper "some tea"
//	requester -subject '$SRV.INFO.text'
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync/atomic"

	"github.com/evernats/nats"
	"github.com/evernats/nats/micro"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	name := flag.String("name", "text", "name of the service, and first part of its subjects")
	requests := flag.Int("requests", 0, "end after this many; 0: never")
	flag.Parse()
	log.SetFlags(0)

	nc, err := nats.Connect(*url, nats.Name(*name), nats.MaxReconnects(-1))
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan struct{})
	svc, err := micro.AddService(nc, micro.Config{
		Name:         *name,
		Version:      "1.0.0",
		Description:  "does things to text",
		DoneHandler:  func(micro.Service) { close(done) },
		ErrorHandler: func(_ micro.Service, err *micro.NATSError) { log.Println(err) },
	})
	if err != nil {
		log.Fatal(err)
	}

	enough := make(chan os.Signal, 1)
	signal.Notify(enough, os.Interrupt)
	var answered atomic.Int64
	endpoint := func(answer func(micro.Request) error) micro.Handler {
		return micro.HandlerFunc(func(r micro.Request) {
			fmt.Printf("%s %q\n", r.Subject(), r.Data())
			if err := answer(r); err != nil {
				log.Printf("%s: %v", r.Subject(), err)
			}
			if int(answered.Add(1)) == *requests {
				enough <- os.Interrupt
			}
		})
	}
	group := svc.AddGroup(*name)
	err = errors.Join(
		group.AddEndpoint("upper", endpoint(upper)),
		group.AddEndpoint("length", endpoint(length)),
	)
	if err != nil {
		log.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")

	<-enough
	// What is waiting is still answered. The service ends with its connection.
	if err := nc.Drain(); err != nil {
		log.Fatal(err)
	}
	<-done
	fmt.Println("stopped")
}

func upper(r micro.Request) error {
	if len(r.Data()) == 0 {
		return r.Error("400", "nothing to do", nil)
	}
	return r.Respond(bytes.ToUpper(r.Data()))
}

func length(r micro.Request) error {
	return r.RespondJSON(map[string]int{"bytes": len(r.Data())})
}
