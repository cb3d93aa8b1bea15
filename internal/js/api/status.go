package api

import (
	"strconv"
	"strings"
	"time"
)

// Status says what a message without a payload from a server is about.
type Status uint8

// LastDelivery is the header of a heartbeat with the number of the consumer's last delivery.
const LastDelivery = "Nats-Last-Consumer"

// What a server says to a pull. Those from NoMessages on end the pull that they
// answer.
const (
	NotStatus     Status = iota // an ordinary message
	Heartbeat                   // 100: the consumer lives and has nothing to send
	UnknownStatus               // a code this client doesn't know

	NoMessages       // 404: a pull that doesn't wait found none
	Expired          // 408: the time of the pull is over, or its interest
	BadRequest       // 400: the pull itself is wrong
	BatchCompleted   // 409: no more fits into the bytes that were asked for
	TooLarge         // 409: the next message is larger than the bytes that are left
	Deleted          // 409: there is no such consumer any more
	PushBased        // 409: it isn't a pull consumer
	LeadershipChange // 409: the consumer's leader steps down
	ServerShutdown   // 409: the consumer's server goes away
	TooManyWaiting   // 409: more pulls wait than the consumer allows
	OverBatch        // 409: more messages than the consumer allows
	OverExpires      // 409: longer than the consumer allows
	OverBytes        // 409: more bytes than the consumer allows
	WrongPin         // 423: another client is the pinned one
	NoResponders     // 503: nobody answers for the consumer now
	OtherConflict    // 409 with a text this client doesn't know
)

// Ends says whether a status is the last word on the pull that it answers.
func (s Status) Ends() bool { return s >= NoMessages || s == UnknownStatus }

// Info is a status with what comes along.
type Info struct {
	Status Status
	Code   int
	Text   string
	// Limit is the number in the text of OverBatch and OverBytes, 0 if there is none,
	// and MaxExpires the duration in that of OverExpires.
	Limit      int
	MaxExpires time.Duration
}

// ParseStatus reads a status line's code and description.
func ParseStatus(code, text string) Info {
	n, err := strconv.Atoi(code)
	if err != nil || n < 0 {
		return Info{Status: UnknownStatus, Text: text}
	}
	in := Info{Status: UnknownStatus, Code: n, Text: text}
	switch n {
	case 100:
		in.Status = Heartbeat
	case 400:
		in.Status = BadRequest
	case 404:
		in.Status = NoMessages
	case 408:
		in.Status = Expired
	case 409:
		in.conflict()
	case 423:
		in.Status = WrongPin
	case 503:
		in.Status = NoResponders
	}
	return in
}

var conflicts = []struct {
	text   string
	status Status
}{
	{"consumer deleted", Deleted},
	{"consumer is push based", PushBased},
	{"leadership change", LeadershipChange},
	{"server shutdown", ServerShutdown},
	{"batch completed", BatchCompleted},
	{"message size exceeds maxbytes", TooLarge},
	{"exceeded maxwaiting", TooManyWaiting},
	{"exceeded maxrequestbatch", OverBatch},
	{"exceeded maxrequestexpires", OverExpires},
	{"exceeded maxrequestmaxbytes", OverBytes},
	{"interest expired", Expired},
}

func (in *Info) conflict() {
	in.Status = OtherConflict
	lower := strings.ToLower(in.Text)
	for _, c := range conflicts {
		if strings.Contains(lower, c.text) {
			in.Status = c.status
			break
		}
	}
	last := in.Text[strings.LastIndexByte(in.Text, ' ')+1:]
	switch in.Status {
	case OverBatch, OverBytes:
		if n, err := strconv.Atoi(last); err == nil && n > 0 {
			in.Limit = n
		}
	case OverExpires:
		if d, err := time.ParseDuration(last); err == nil && d > 0 {
			in.MaxExpires = d
		}
	}
}
