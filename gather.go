package nats

// gathered is what came in for a subscription before others had their turn.
type gathered struct {
	sub *Subscription
	run run
}

// maxKnown bounds what a busy reader knows of subscriptions that may have ended.
const maxKnown = 8 << 10

// turnTo makes sid's subscription the one whose messages are gathered.
func (in *inbound) turnTo(sid uint64) {
	in.endStretch()
	if in.busy {
		in.putAside()
	} else {
		in.deliver()
	}
	in.sid = sid
	if g := in.known[sid]; g != nil {
		in.current, in.sub, in.run = g, g.sub, g.run
		return
	}
	in.current, in.sub, in.run = nil, in.nc.subs.get(sid), run{}
}

// putAside keeps what is gathered until its subscription has another turn, or the
// end of the read.
func (in *inbound) putAside() {
	if in.run.msgs == 0 {
		return
	}
	g := in.current
	if g == nil {
		g = &gathered{sub: in.sub}
		if in.known == nil {
			in.known = make(map[uint64]*gathered)
		}
		in.known[in.sid] = g
	}
	if g.run.msgs == 0 {
		in.turns = append(in.turns, g)
	}
	g.run, in.run = in.run, run{}
}

// endStretch adds the stretch that goes on to the run.
func (in *inbound) endStretch() {
	if in.begin < in.usedMsgs {
		in.run.push(in.msgs[in.begin:in.usedMsgs])
		in.begin = in.usedMsgs
	}
}

// deliver hands over what was gathered.
func (in *inbound) deliver() {
	in.endStretch()
	if len(in.turns) > 0 {
		in.putAside()
		for i, g := range in.turns {
			r := g.run
			g.run = run{}
			g.sub.deliver(r)
			in.turns[i] = nil
		}
		in.turns = in.turns[:0]
	} else if in.run.msgs > 0 {
		r := in.run
		in.run = run{}
		in.sub.deliver(r)
	}
}
