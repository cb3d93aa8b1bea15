package nats

import (
	"github.com/evernats/nats/internal/js/port"
	"github.com/evernats/nats/internal/js/window"
)

// call queues a call of the program's handlers.
func (p *jsPublisher) call(f func()) {
	p.calls = append(p.calls, f)
	if !p.calling {
		p.calling = true
		go p.runCalls()
	}
}

func (p *jsPublisher) runCalls() {
	for {
		p.mu.Lock()
		todo := p.calls
		p.calls = nil
		if len(todo) == 0 {
			p.calling = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		for _, f := range todo {
			f()
		}
	}
}

func (js *jsContext) PublishAsyncPending() int {
	js.pub.mu.Lock()
	defer js.pub.mu.Unlock()
	return js.pub.w.Count()
}

func (js *jsContext) PublishAsyncComplete() <-chan struct{} {
	p := &js.pub
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w.Count() == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if p.complete == nil {
		p.complete = make(chan struct{})
	}
	return p.complete
}

func (js *jsContext) CleanupPublisher() {
	p := &js.pub
	p.open.Lock()
	defer p.open.Unlock()
	p.mu.Lock()
	sub := p.sub
	p.sub, p.inbox = nil, ""
	p.acts = p.w.FailAll(p.js.now(), window.Closed, p.acts[:0])
	p.act(nil, port.Link{})
	p.emptied()
	p.alarm.Stop()
	p.mu.Unlock()
	jsPort{js.nc}.Unwatch(p)
	if sub != nil {
		sub.Stop()
	}
}

// ended is called when nothing can come in any more on the inbox.
func (p *jsPublisher) ended(inbox string) {
	p.mu.Lock()
	if p.inbox != inbox {
		p.mu.Unlock()
		return
	}
	p.sub, p.inbox = nil, ""
	p.acts = p.w.FailAll(p.js.now(), window.Ended, p.acts[:0])
	p.act(nil, port.Link{})
	p.w = p.newWindow()
	p.alarm.Stop()
	p.emptied()
	p.mu.Unlock()
	jsPort{p.js.nc}.Unwatch(p)
}
