package nats

import (
	"fmt"
	"strings"
)

type jsPageRequest struct {
	Offset  int    `json:"offset"`
	Subject string `json:"subject,omitempty"`
}

// jsPage is one page of a list.
type jsPage[T any] struct {
	jsResponse
	Total   int      `json:"total"`
	Missing []string `json:"missing,omitempty"` // those whose servers didn't answer
	items   []T
}

// jsListAttempts is how often a list is begun anew because it changed meanwhile.
const jsListAttempts = 5

// jsCollect fetches all pages. A list that changes meanwhile is fetched anew, since what
// moves from page to page could be missed.
func jsCollect[T any](fetch func(offset int) (*jsPage[T], error)) ([]T, error) {
attempt:
	for range jsListAttempts {
		var all []T
		total := -1
		for {
			p, err := fetch(len(all))
			switch {
			case err != nil:
				return nil, err
			case p.Error != nil:
				return nil, p.Error
			case len(p.Missing) > 0:
				return nil, fmt.Errorf("nats: nobody answers for %s", strings.Join(p.Missing, ", "))
			case total >= 0 && p.Total != total:
				continue attempt
			}
			total = p.Total
			all = append(all, p.items...)
			if len(all) >= total {
				return all, nil
			}
			if len(p.items) == 0 {
				continue attempt
			}
		}
	}
	return nil, fmt.Errorf("nats: the list changed each of %d times it was asked for", jsListAttempts)
}

// jsList asks for a list and gives it on a channel with room for all of it, so that no
// goroutine waits for somebody who has stopped reading. What goes wrong is told to the
// error handler, since the channel can't: it is closed without an element then.
func jsList[T any](js *jsContext, opts []JSOpt, fetch func(o *jsOpts, offset int) (*jsPage[T], error)) <-chan T {
	var all []T
	o, cancel, err := js.call(opts)
	if err == nil {
		all, err = jsCollect(func(offset int) (*jsPage[T], error) { return fetch(&o, offset) })
		cancel()
	}
	if err != nil {
		js.nc.events.asyncError(js.nc, nil, fmt.Errorf("nats: a list of JetStream isn't whole: %w", err))
	}
	ch := make(chan T, len(all))
	for _, x := range all {
		ch <- x
	}
	close(ch)
	return ch
}

func (js *jsContext) Streams(opts ...JSOpt) <-chan *StreamInfo {
	return jsList(js, opts, func(o *jsOpts, offset int) (*jsPage[*StreamInfo], error) {
		var resp struct {
			jsPage[*StreamInfo]
			Streams []*StreamInfo `json:"streams"`
		}
		err := js.ask(o, o.api.StreamList(), jsPageRequest{offset, o.list}, &resp, jsSafe)
		resp.items = resp.Streams
		return &resp.jsPage, err
	})
}

func (js *jsContext) StreamsInfo(opts ...JSOpt) <-chan *StreamInfo { return js.Streams(opts...) }

func (js *jsContext) StreamNames(opts ...JSOpt) <-chan string {
	return jsList(js, opts, func(o *jsOpts, offset int) (*jsPage[string], error) {
		var resp struct {
			jsPage[string]
			Streams []string `json:"streams"`
		}
		err := js.ask(o, o.api.StreamNames(), jsPageRequest{offset, o.list}, &resp, jsSafe)
		resp.items = resp.Streams
		return &resp.jsPage, err
	})
}

func (js *jsContext) Consumers(stream string, opts ...JSOpt) <-chan *ConsumerInfo {
	return jsList(js, opts, func(o *jsOpts, offset int) (*jsPage[*ConsumerInfo], error) {
		if err := jsCheckStream(stream); err != nil {
			return nil, err
		}
		var resp struct {
			jsPage[*ConsumerInfo]
			Consumers []*ConsumerInfo `json:"consumers"`
		}
		err := js.ask(o, o.api.ConsumerList(stream), jsPageRequest{Offset: offset}, &resp, jsSafe)
		resp.items = resp.Consumers
		return &resp.jsPage, err
	})
}

func (js *jsContext) ConsumersInfo(stream string, opts ...JSOpt) <-chan *ConsumerInfo {
	return js.Consumers(stream, opts...)
}

func (js *jsContext) ConsumerNames(stream string, opts ...JSOpt) <-chan string {
	return jsList(js, opts, func(o *jsOpts, offset int) (*jsPage[string], error) {
		if err := jsCheckStream(stream); err != nil {
			return nil, err
		}
		var resp struct {
			jsPage[string]
			Consumers []string `json:"consumers"`
		}
		err := js.ask(o, o.api.ConsumerNames(stream), jsPageRequest{Offset: offset}, &resp, jsSafe)
		resp.items = resp.Consumers
		return &resp.jsPage, err
	})
}
