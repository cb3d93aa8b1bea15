package jetstream

import (
	"context"
	"fmt"
	"strings"
)

// StreamInfoLister is a list of streams.
type StreamInfoLister interface {
	// Info gives the streams, and is closed behind the last.
	Info() <-chan *StreamInfo
	// Err is why the list isn't whole; nil: it is.
	Err() error
}

// StreamNameLister is a list of streams' names.
type StreamNameLister interface {
	// Name gives the names, and is closed behind the last.
	Name() <-chan string
	// Err is why the list isn't whole; nil: it is.
	Err() error
}

// ConsumerInfoLister is a list of consumers.
type ConsumerInfoLister interface {
	// Info gives the consumers, and is closed behind the last.
	Info() <-chan *ConsumerInfo
	// Err is why the list isn't whole; nil: it is.
	Err() error
}

// ConsumerNameLister is a list of consumers' names.
type ConsumerNameLister interface {
	// Name gives the names, and is closed behind the last.
	Name() <-chan string
	// Err is why the list isn't whole; nil: it is.
	Err() error
}

// StreamListOpt is an option of ListStreams and StreamNames.
type StreamListOpt func(*streamsRequest) error

type streamsRequest struct {
	Offset  int    `json:"offset"`
	Subject string `json:"subject,omitempty"`
}

// WithStreamListSubject lists only streams that store what is published to the
// subject, which may have wildcards.
func WithStreamListSubject(subject string) StreamListOpt {
	return func(r *streamsRequest) error {
		r.Subject = subject
		return nil
	}
}

// list is one that has come whole, or not at all. It has no goroutine that somebody
// would have to wait for.
type list[T any] struct {
	ch  chan T
	err error
}

func listOf[T any](all []T, err error) *list[T] {
	l := &list[T]{ch: make(chan T, len(all)), err: err}
	for _, x := range all {
		l.ch <- x
	}
	close(l.ch)
	return l
}

func (l *list[T]) Err() error { return l.err }

type infoList[T any] struct{ *list[T] }

func (l infoList[T]) Info() <-chan T { return l.ch }

type nameList struct{ *list[string] }

func (l nameList) Name() <-chan string { return l.ch }

// page is one page of a list.
type page[T any] struct {
	response
	Total   int `json:"total"`
	Offset  int `json:"offset"`
	Limit   int `json:"limit"`
	items   []T
	Missing []string `json:"missing,omitempty"` // those whose servers didn't answer
}

// listAttempts is how often a list is begun anew because it changed meanwhile.
const listAttempts = 5

// collect fetches all pages. A list that changes meanwhile is fetched anew, since
// what moves from page to page could be missed.
func collect[T any](fetch func(offset int) (*page[T], error)) ([]T, error) {
attempt:
	for range listAttempts {
		var all []T
		total := -1
		for {
			p, err := fetch(len(all))
			if err != nil {
				return nil, err
			}
			if p.Error != nil {
				return nil, p.Error.sentinel()
			}
			if len(p.Missing) > 0 {
				return nil, fmt.Errorf("%w: nobody answers for %s", ErrInvalidJetStreamResponse, strings.Join(p.Missing, ", "))
			}
			if total >= 0 && p.Total != total {
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
	return nil, fmt.Errorf("%w: the list changed each of %d times it was asked for", ErrInvalidJetStreamResponse, listAttempts)
}

// listRequest makes the request for the pages of a list of streams.
func listRequest(opts []StreamListOpt) (r streamsRequest, err error) {
	for _, o := range opts {
		if err := o(&r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (js *jetStream) ListStreams(ctx context.Context, opts ...StreamListOpt) StreamInfoLister {
	req, err := listRequest(opts)
	if err != nil {
		return infoList[*StreamInfo]{listOf[*StreamInfo](nil, err)}
	}
	all, err := collect(func(offset int) (*page[*StreamInfo], error) {
		var resp struct {
			page[*StreamInfo]
			Streams []*StreamInfo `json:"streams"`
		}
		req.Offset = offset
		err := js.ask(ctx, js.api.StreamList(), req, &resp, safe)
		resp.items = resp.Streams
		return &resp.page, err
	})
	return infoList[*StreamInfo]{listOf(all, err)}
}

func (js *jetStream) StreamNames(ctx context.Context, opts ...StreamListOpt) StreamNameLister {
	req, err := listRequest(opts)
	if err != nil {
		return nameList{listOf[string](nil, err)}
	}
	all, err := collect(func(offset int) (*page[string], error) {
		var resp struct {
			page[string]
			Streams []string `json:"streams"`
		}
		req.Offset = offset
		err := js.ask(ctx, js.api.StreamNames(), req, &resp, safe)
		resp.items = resp.Streams
		return &resp.page, err
	})
	return nameList{listOf(all, err)}
}

func (js *jetStream) listConsumers(ctx context.Context, stream string) ConsumerInfoLister {
	all, err := collect(func(offset int) (*page[*ConsumerInfo], error) {
		var resp struct {
			page[*ConsumerInfo]
			Consumers []*ConsumerInfo `json:"consumers"`
		}
		err := js.ask(ctx, js.api.ConsumerList(stream), streamsRequest{Offset: offset}, &resp, safe)
		resp.items = resp.Consumers
		return &resp.page, err
	})
	return infoList[*ConsumerInfo]{listOf(all, err)}
}

func (js *jetStream) consumerNames(ctx context.Context, stream string) ConsumerNameLister {
	all, err := collect(func(offset int) (*page[string], error) {
		var resp struct {
			page[string]
			Consumers []string `json:"consumers"`
		}
		err := js.ask(ctx, js.api.ConsumerNames(stream), streamsRequest{Offset: offset}, &resp, safe)
		resp.items = resp.Consumers
		return &resp.page, err
	})
	return nameList{listOf(all, err)}
}
