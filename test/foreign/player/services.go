package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	kit "github.com/go-kit/kit/transport/nats"
	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natsext"
)

// workers is how many answer what natsext asks.
const workers = 3

// serve lets go-kit answer on "sum", and three workers on "roll".
func serve(nc *nats.Conn) error {
	sum := kit.NewSubscriber(
		func(_ context.Context, request any) (any, error) {
			n := request.([]int)
			if len(n) == 0 {
				return nil, errors.New("nothing to add")
			}
			total := 0
			for _, v := range n {
				total += v
			}
			return total, nil
		},
		func(_ context.Context, msg *nats.Msg) (any, error) {
			var n []int
			err := json.Unmarshal(msg.Data, &n)
			return n, err
		},
		kit.EncodeJSONResponse,
		kit.SubscriberFinalizer(func(_ context.Context, msg *nats.Msg) {
			if !strings.HasPrefix(msg.Reply, "_STORY.") {
				fmt.Println("a reply subject without the context's prefix:", msg.Reply)
			}
		}),
	)
	if _, err := nc.QueueSubscribe("sum", "kit", sum.ServeMsg(nc)); err != nil {
		return err
	}
	for i := range workers {
		_, err := nc.Subscribe("roll", func(m *nats.Msg) {
			answer := nats.NewMsg(m.Reply)
			answer.Header.Set("Worker", fmt.Sprint(i))
			answer.Data = append([]byte("here "), m.Data...)
			if err := m.RespondMsg(answer); err != nil {
				fmt.Println("worker:", err)
			}
		})
		if err != nil {
			return err
		}
	}
	// One answers in pieces; an empty one is the last.
	_, err := nc.Subscribe("list", func(m *nats.Msg) {
		for _, piece := range []string{"first", "second", ""} {
			if err := m.Respond([]byte(piece)); err != nil {
				fmt.Println("list:", err)
			}
		}
	})
	if err != nil {
		return err
	}
	return nc.Flush()
}

// ask asks them all and prints what comes.
func ask(nc *nats.Conn) {
	for _, request := range [][]int{{2, 3}, {}} {
		answer, err := call(nc, "sum", patience, request)
		fmt.Println("go-kit", request, answer, err)
	}
	_, err := call(nc, "nobody", patience, []int{1})
	fmt.Println("go-kit nobody:", err == nats.ErrNoResponders, err)
	silent, err := nc.SubscribeSync("silent")
	if err == nil {
		defer silent.Unsubscribe()
	}
	fmt.Println("subscribe:", err)
	_, err = call(nc, "silent", 30*time.Millisecond, []int{1})
	fmt.Println("go-kit silent:", err == context.DeadlineExceeded, err)

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	many(ctx, nc, "count", "roll", natsext.RequestManyMaxMessages(workers))
	many(ctx, nc, "pieces", "list", natsext.RequestManySentinel(natsext.DefaultSentinel))
	many(ctx, nc, "nobody", "nobody", natsext.RequestManyMaxMessages(1))
	short, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	many(short, nc, "silent", "silent", natsext.RequestManyMaxMessages(1))
	askManagement(nc)
	refused(nc)
	encoded(nc)
}

// call asks one endpoint as a program with go-kit does.
func call(nc *nats.Conn, subject string, limit time.Duration, request []int) (any, error) {
	publisher := kit.NewPublisher(nc, subject, kit.EncodeJSONRequest,
		func(_ context.Context, msg *nats.Msg) (any, error) { return string(msg.Data), nil },
		kit.PublisherTimeout(limit))
	return publisher.Endpoint()(context.Background(), request)
}

// many asks all workers at once.
func many(ctx context.Context, nc *nats.Conn, what, subject string, options ...natsext.RequestManyOpt) {
	msg := nats.NewMsg(subject)
	msg.Data = []byte(what)
	answers, err := natsext.RequestManyMsg(ctx, nc, msg, options...)
	if err != nil {
		fmt.Println("natsext", what, "refused:", err == nats.ErrConnectionClosed, err)
		return
	}
	var lines []string
	for m, err := range answers {
		if err != nil {
			lines = append(lines, fmt.Sprint(err == nats.ErrNoResponders, err == nats.ErrTimeout, err))
			continue
		}
		lines = append(lines, m.Header.Get("Worker")+" "+string(m.Data))
	}
	slices.Sort(lines)
	fmt.Printf("natsext %s: %q\n", what, lines)
}
