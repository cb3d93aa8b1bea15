package receive

// gathered is what came in for a subscription before others had their turn.
type gathered[M Public[H, S], H ~map[string][]string, S any] struct {
	sub *Sub[M, H, S]
	run run[H, S]
}

// turns are those who had one in this read.
type turns[M Public[H, S], H ~map[string][]string, S any] struct {
	known map[uint64]*gathered[M, H, S] // by sid
	first []*gathered[M, H, S]          // those with messages, the first first
}

// maxKnown bounds what a busy reader knows of subscriptions that may have ended.
const maxKnown = 8 << 10

// turnTo makes sid's subscription the one whose messages are gathered.
func (in *inbound[M, H, S]) turnTo(sid uint64) {
	in.endStretch()
	if in.busy {
		in.putAside()
	} else {
		in.deliver()
	}
	in.sid = sid
	if o := in.others; o != nil {
		if g := o.known[sid]; g != nil {
			in.current, in.sub, in.run = g, g.sub, g.run
			return
		}
	}
	in.current, in.sub, in.run = nil, in.table.get(sid), run[H, S]{}
}

// putAside keeps what is gathered until its subscription has another turn, or the
// end of the read.
func (in *inbound[M, H, S]) putAside() {
	if in.run.msgs == 0 {
		return
	}
	g := in.current
	if g == nil {
		g = &gathered[M, H, S]{sub: in.sub}
		if in.others == nil {
			in.others = &turns[M, H, S]{known: make(map[uint64]*gathered[M, H, S])}
		}
		in.others.known[in.sid] = g
	}
	if g.run.msgs == 0 {
		in.others.first = append(in.others.first, g)
	}
	g.run, in.run = in.run, run[H, S]{}
}

// endStretch adds the stretch that goes on to the run.
func (in *inbound[M, H, S]) endStretch() {
	if in.begin < in.usedMsgs {
		in.run.push(in.msgs[in.begin:in.usedMsgs])
		in.begin = in.usedMsgs
	}
}

// deliver hands over what was gathered.
func (in *inbound[M, H, S]) deliver() {
	in.count() // whoever has a message finds it in the statistics
	in.endStretch()
	if o := in.others; o != nil && len(o.first) > 0 {
		in.putAside()
		for i, g := range o.first {
			r := g.run
			g.run = run[H, S]{}
			in.closeLent(&r)
			g.sub.deliver(r)
			o.first[i] = nil
		}
		o.first = o.first[:0]
	} else if in.run.msgs > 0 {
		r := in.run
		in.run = run[H, S]{}
		in.closeLent(&r)
		in.sub.deliver(r)
	}
}
