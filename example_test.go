package nats_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/natstest"
)

// exampleServer starts a server for an example. Programs have the URL of theirs.
func exampleServer() (url string, stop func()) {
	t := &exampleTB{}
	s := natstest.NewServer(t, natstest.Config{})
	return s.URL(), t.stop
}

// exampleTB is what the fake server needs of a test, in examples, which are none.
type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (t *exampleTB) Helper()                           {}
func (t *exampleTB) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (t *exampleTB) stop() {
	for _, f := range t.cleanups {
		f()
	}
}

// The shortest useful program: subscribe, publish, and finish what came in
// before leaving.
func Example() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	done := make(chan struct{})
	_, err = nc.Subscribe("greet.*", func(m *nats.Msg) {
		fmt.Printf("%s on %s\n", m.Data, m.Subject)
		close(done)
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := nc.Publish("greet.joe", []byte("hello")); err != nil {
		log.Fatal(err)
	}
	<-done
	// Output: hello on greet.joe
}

// A long-running service wants to know what its connection does, to start
// without a server, and never to give up.
func ExampleConnect() {
	url, stop := exampleServer()
	defer stop()

	closed := make(chan struct{})
	nc, err := nats.Connect(url,
		nats.Name("billing"),
		nats.Resilient(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { fmt.Println("disconnected:", err) }),
		nats.ReconnectHandler(func(nc *nats.Conn) { fmt.Println("reconnected to", nc.ConnectedUrlRedacted()) }),
		nats.ClosedHandler(func(*nats.Conn) { fmt.Println("closed"); close(closed) }),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(nc.Status())
	nc.Close()
	<-closed
	// Output:
	// CONNECTED
	// disconnected: <nil>
	// closed
}

// Options can be a struct too. Start from the defaults.
func ExampleOptions_Connect() {
	url, stop := exampleServer()
	defer stop()

	opts := nats.GetDefaultOptions()
	opts.Servers = []string{url}
	opts.MaxReconnect = -1
	opts.ReconnectWait = 500 * time.Millisecond
	nc, err := opts.Connect()
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
	fmt.Println(nc.Status())
	// Output: CONNECTED
}

// Each message goes to one member of a queue group, so that adding members
// shares the work.
func ExampleConn_QueueSubscribe() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	var wg sync.WaitGroup
	wg.Add(10)
	for range 3 {
		_, err := nc.QueueSubscribe("jobs", "workers", func(*nats.Msg) { wg.Done() })
		if err != nil {
			log.Fatal(err)
		}
	}
	for range 10 {
		if err := nc.Publish("jobs", nil); err != nil {
			log.Fatal(err)
		}
	}
	wg.Wait()
	fmt.Println("10 jobs done")
	// Output: 10 jobs done
}

// Without a handler the program asks for each message when it is ready for it.
func ExampleConn_SubscribeSync() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	sub, err := nc.SubscribeSync("updates")
	if err != nil {
		log.Fatal(err)
	}
	if err := nc.Publish("updates", []byte("one")); err != nil {
		log.Fatal(err)
	}
	m, err := sub.NextMsg(time.Second)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", m.Data)

	_, err = sub.NextMsg(10 * time.Millisecond)
	fmt.Println(errors.Is(err, nats.ErrTimeout))
	// Output:
	// one
	// true
}

// Messages can arrive on a channel of the program's, to be used in a select.
func ExampleConn_ChanSubscribe() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	ch := make(chan *nats.Msg, 64)
	sub, err := nc.ChanSubscribe("updates", ch)
	if err != nil {
		log.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := nc.Publish("updates", []byte("one")); err != nil {
		log.Fatal(err)
	}
	select {
	case m := <-ch:
		fmt.Printf("%s\n", m.Data)
	case <-time.After(time.Second):
		fmt.Println("nothing")
	}
	// Output: one
}

// A loop over messages ends when the subscription does, here after two.
func ExampleSubscription_Msgs() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	sub, err := nc.SubscribeSync("updates")
	if err != nil {
		log.Fatal(err)
	}
	if err := sub.AutoUnsubscribe(2); err != nil {
		log.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := nc.Publish("updates", []byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	for m, err := range sub.Msgs() {
		if err != nil {
			fmt.Println(errors.Is(err, nats.ErrMaxMessages))
			break
		}
		fmt.Printf("%s\n", m.Data)
	}
	// Output:
	// one
	// two
	// true
}

// One side answers, the other asks and waits.
func ExampleConn_Request() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	_, err = nc.Subscribe("time.zone", func(m *nats.Msg) {
		if err := m.Respond([]byte("UTC")); err != nil {
			log.Print(err)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := nc.Request("time.zone", nil, time.Second)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", answer.Data)
	// Output: UTC
}

// When nobody is there to answer, a request knows at once.
func ExampleConn_RequestWithContext() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = nc.RequestWithContext(ctx, "nobody.home", nil)
	fmt.Println(errors.Is(err, nats.ErrNoResponders))
	// Output: true
}

// Headers travel with the message; their keys keep their case.
func ExampleConn_PublishMsg() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	sub, err := nc.SubscribeSync("orders")
	if err != nil {
		log.Fatal(err)
	}
	m := nats.NewMsg("orders")
	m.Data = []byte("42")
	m.Header.Set("Trace-Id", "abc")
	if err := nc.PublishMsg(m); err != nil {
		log.Fatal(err)
	}
	got, err := sub.NextMsg(time.Second)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, trace %s\n", got.Data, got.Header.Get("Trace-Id"))
	// Output: 42, trace abc
}

// Flush returns when the server has processed everything before it.
func ExampleConn_Flush() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	for range 1000 {
		if err := nc.Publish("metrics", []byte("1")); err != nil {
			log.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(nc.Stats().OutMsgs, "published")
	// Output: 1000 published
}

// Draining handles what has arrived, sends what was published, and closes.
func ExampleConn_Drain() {
	url, stop := exampleServer()
	defer stop()

	closed := make(chan struct{})
	nc, err := nats.Connect(url, nats.ClosedHandler(func(*nats.Conn) { close(closed) }))
	if err != nil {
		log.Fatal(err)
	}
	handled := 0
	if _, err := nc.Subscribe("jobs", func(*nats.Msg) { handled++ }); err != nil {
		log.Fatal(err)
	}
	for range 100 {
		if err := nc.Publish("jobs", nil); err != nil {
			log.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		log.Fatal(err)
	}
	if err := nc.Drain(); err != nil {
		log.Fatal(err)
	}
	<-closed
	fmt.Println(handled, "handled")
	// Output: 100 handled
}

// Messages are kept until the server has confirmed them, and sent again after a
// reconnect. PublishConfirmed waits for the confirmation of one.
func ExampleAtLeastOnce() {
	url, stop := exampleServer()
	defer stop()

	nc, err := nats.Connect(url, nats.Resilient(), nats.AtLeastOnce())
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()

	m := nats.NewMsg("payments")
	m.Header.Set("Nats-Msg-Id", "payment-7") // a stream drops a second copy
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := nc.PublishConfirmed(ctx, m); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the server has it")
	// Output: the server has it
}

// What may have been lost with a connection is reported, and so is each message
// that was given up.
func ExampleInDoubtHandler() {
	nc, err := nats.Connect("nats://a.example.com, nats://b.example.com",
		nats.OutboundFull(nats.DropOldest),
		nats.PublishTTL(30*time.Second),
		nats.InDoubtHandler(func(_ *nats.Conn, d nats.InDoubt) {
			log.Printf("%d messages to %s may be lost", d.Msgs, d.Server)
		}),
		nats.MessageDroppedHandler(func(_ *nats.Conn, m *nats.DroppedMsg) {
			log.Printf("gave up a message to %s: %v", m.Subject, m.Err)
		}),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
}

// Credentials files hold a user's JWT and private key. They are read anew at
// each attempt to connect.
func ExampleUserCredentials() {
	nc, err := nats.Connect("tls://connect.example.com", nats.UserCredentials("~/.nats/user.creds"))
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
}

// TLS with a private certificate authority and a certificate of the client's.
func ExampleRootCAs() {
	nc, err := nats.Connect("tls://nats.example.com",
		nats.RootCAs("ca.pem"),
		nats.ClientCert("client.pem", "client-key.pem"),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
}
