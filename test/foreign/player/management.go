package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/encoders/builtin"
	"github.com/nats-io/nats.go/micro"
	"github.com/synadia-io/orbit.go/ntf"
)

// manage starts orbit's service that runs servers for tests, on nats.go's service
// framework. It isn't asked to run any.
func manage(ctx context.Context, nc *nats.Conn, dir string) (*ntf.Service, error) {
	return ntf.New(ctx, ntf.Options{Conn: nc, Dir: dir, PortRange: ntf.PortRange{Low: 1, High: 2}})
}

// answered counts what the service answered.
var answered int

// askManagement asks the service, and asks for it.
func askManagement(nc *nats.Conn) {
	for _, request := range [][2]string{
		{"list", "{}"},
		{"status", "{}"},
		{"status", `{"instance_id":"none"}`},
		{"destroy", `{"instance_id":"none"}`},
		{"reset", "{}"},
		{"create.server", "no object"},
		{"create.cluster", `{"trace":true}`},
		{"stop.server", "{}"},
		{"stop.server", `{"name":"none"}`},
		{"nothing", "{}"},
	} {
		subject := ntf.DefaultGroup + "." + request[0]
		answer, err := nc.Request(subject, []byte(request[1]), patience)
		if err != nil {
			fmt.Println("ntf", request, err == nats.ErrNoResponders, err)
			continue
		}
		answered++
		fmt.Println("ntf", request, string(answer.Data), answer.Header.Get(micro.ErrorCodeHeader), answer.Header.Get(micro.ErrorHeader))
	}

	var info micro.Info
	if find(nc, micro.InfoVerb, &info) {
		fmt.Println("ntf info:", info.Type, info.Name, info.Version, info.Description, len(info.ID), info.Metadata)
		for _, e := range info.Endpoints {
			fmt.Println("ntf endpoint:", e.Name, e.Subject, e.QueueGroup, e.Metadata)
		}
	}
	for _, e := range counted(nc).Endpoints {
		fmt.Println("ntf stats:", e.Name, e.NumRequests, e.NumErrors, e.LastError)
	}
}

// counted are the service's numbers, once all that was answered is in them: the
// last request may be counted only when its handler returns.
func counted(nc *nats.Conn) (stats micro.Stats) {
	for start := time.Now(); time.Since(start) < patience && find(nc, micro.StatsVerb, &stats); {
		total := 0
		for _, e := range stats.Endpoints {
			total += e.NumRequests
		}
		if total == answered {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return stats
}

// find asks all services, which this one answers alone.
func find(nc *nats.Conn, verb micro.Verb, into any) bool {
	subject, err := micro.ControlSubject(verb, ntf.DefaultName, "")
	if err != nil {
		fmt.Println("ntf subject:", err)
		return false
	}
	answer, err := nc.Request(subject, nil, patience)
	if err != nil {
		fmt.Println("ntf", verb, err == nats.ErrNoResponders, err)
		return false
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		fmt.Println("ntf", verb, err)
		return false
	}
	return true
}

// stopManagement stops the service, and looks whether it is gone.
func stopManagement(nc *nats.Conn, svc *ntf.Service) {
	fmt.Println("ntf close:", svc.Close())
	// The server has the end of its subscriptions when it has answered.
	if err := nc.Flush(); err != nil {
		fmt.Println("flush:", err)
	}
	find(nc, micro.PingVerb, new(micro.Ping))
}

// refused are services that nats.go's package refuses, with what it says.
func refused(nc *nats.Conn) {
	_, err := micro.AddService(nc, micro.Config{Name: "no version"})
	fmt.Println("a service that can't be:", errors.Is(err, micro.ErrConfigValidation))
}

// encoded asks go-kit's endpoint, which reads and writes JSON, through an encoded
// connection.
func encoded(nc *nats.Conn) {
	var enc nats.Encoder = &builtin.JsonEncoder{}
	nats.RegisterEncoder("registered", enc)
	for _, name := range []string{nats.JSON_ENCODER, "registered", "none"} {
		c, err := nats.NewEncodedConn(nc, name)
		if err != nil {
			fmt.Println("encoded", name, err == nats.ErrConnectionClosed, c == nil)
			continue
		}
		var answer int
		err = c.Request("sum", []int{2, 3}, &answer, patience)
		fmt.Println("encoded", name, answer, err)
		var wrong []string
		err = c.Request("sum", []int{2, 3}, &wrong, patience)
		var typeError *json.UnmarshalTypeError
		fmt.Println("encoded", name, "into another type:", errors.As(err, &typeError))
		asked := make(chan string, 1)
		sub, err := c.Subscribe("encoded", func(subject, reply string, n []int) {
			asked <- fmt.Sprintf("%s %v %v", subject, reply != "", n)
			if err := c.Publish(reply, slices.Max(n)); err != nil {
				fmt.Println("encoded answer:", err)
			}
		})
		if err != nil {
			fmt.Println("encoded", name, err)
			continue
		}
		err = c.Request("encoded", []int{7, 9}, &answer, patience)
		fmt.Println("encoded", name, <-asked, answer, err, sub.Unsubscribe())
	}
}
