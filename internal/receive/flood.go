package receive

import (
	"errors"
	"time"
)

const (
	// controlBurst and controlRate bound what a server may send that is neither a
	// message nor an answer: so many bytes at once, and so many a second from then
	// on. A hundred thousand refused subscriptions, or a cluster of a thousand
	// servers that restarts, are within it.
	controlBurst = 32 << 20
	controlRate  = 1 << 20
	controlCost  = 64 // what an operation counts besides its bytes
)

// errFlood ends a link whose server sends control operations without end.
var errFlood = errors.New("the server sends more PINGs, errors or INFOs than any server has reason to")

// patience counts what a link has sent of them.
type patience struct {
	spent int64
	since time.Time // of which spent counts
}

// charge says whether an operation of so many bytes is one too many. It asks for the
// time only when much has come in.
func (p *patience) charge(bytes int) error {
	p.spent += int64(bytes) + controlCost
	if p.spent <= controlBurst {
		return nil
	}
	now := time.Now()
	p.spent -= min(int64(now.Sub(p.since).Seconds()*controlRate), p.spent)
	p.since = now
	if p.spent > controlBurst {
		return errFlood
	}
	return nil
}
