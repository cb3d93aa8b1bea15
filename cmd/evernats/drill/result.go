package drill

import (
	"encoding/json"
	"io"
)

// Report is what a drill found. Times are in milliseconds.
type Report struct {
	Version     string     `json:"version"`
	Servers     []string   `json:"servers"` // none: a cluster of its own
	Options     string     `json:"options"`
	Everywhere  bool       `json:"everywhere"`
	Rate        int        `json:"rate"`
	Outage      float64    `json:"outage_ms"`
	Patience    float64    `json:"patience_ms"`
	Scenarios   []Scenario `json:"scenarios"`
	Interrupted bool       `json:"interrupted"`
}

// Scenario is one fault and what each library's program made of it.
type Scenario struct {
	Name string    `json:"name"`
	What string    `json:"what"`
	Runs []Outcome `json:"runs"`
}

// Outcome is one program's way through one scenario. Times count from its beginning.
type Outcome struct {
	Library  string  `json:"library"`
	Options  string  `json:"options"`
	Struck   float64 `json:"struck_ms"`
	Lifted   float64 `json:"lifted_ms"` // of half-open: when the client gave the connection up
	Length   float64 `json:"length_ms"`
	Survived bool    `json:"survived"` // all flows came back, and the connection wasn't closed
	Closed   bool    `json:"closed"`

	// Recovery is from the strike until the last flow had come back for good: 0 if none
	// paused for 250 ms, and nothing if one stayed away.
	Recovery *float64 `json:"recovery_ms"`
	// Noticed is from the strike until the program was told of a lost connection.
	Noticed     *float64 `json:"noticed_ms"`
	Disconnects int      `json:"disconnects"`
	Attempts    int      `json:"attempts"` // dials since the strike
	InDoubt     *uint64  `json:"in_doubt"` // what the client said may be lost; nothing where it doesn't say

	Publisher  Flow    `json:"publisher"`  // from the program to the witness
	Subscriber Flow    `json:"subscriber"` // from the witness to the program
	Queue      Flow    `json:"queue"`      // from the witness to a group of two programs
	Requester  Flow    `json:"requester"`  // requests of the program that the witness answers
	Publish    Latency `json:"publish"`

	Events  []Event `json:"events"`
	Witness int     `json:"witness_disconnects"` // if any, the figures are disturbed
	// Control is the longest pause of messages that no fault strikes, from the witness to
	// itself: what this machine or the servers do by themselves.
	Control float64 `json:"control_pause_ms"`
}

func (o *Outcome) flows() []*Flow {
	return []*Flow{&o.Publisher, &o.Subscriber, &o.Queue, &o.Requester}
}

// Flow is the account of one stream of messages. For requests, what arrives are the
// answers.
type Flow struct {
	Sent       uint64            `json:"sent"`
	Failed     uint64            `json:"failed"` // the call returned an error
	Arrived    uint64            `json:"arrived"`
	Lost       uint64            `json:"lost"`
	Duplicated uint64            `json:"duplicated"`
	Reordered  uint64            `json:"reordered"`
	LongestGap float64           `json:"longest_gap_ms"`
	Gaps       []Gap             `json:"gaps"`
	Errors     map[string]uint64 `json:"errors,omitempty"`
	Curve      []uint32          `json:"arrivals_per_100ms"`
}

// Gap is a time in which nothing arrived, of 250 ms at least beside the pauses of the
// messages that no fault strikes.
type Gap struct {
	From   float64 `json:"from_ms"`
	Length float64 `json:"length_ms"`
	Open   bool    `json:"open,omitempty"` // it lasted until the end of the run
}

func (g Gap) end() float64 { return g.From + g.Length }

// Latency is what calls of Publish took.
type Latency struct {
	P50   float64   `json:"p50_ms"`
	P99   float64   `json:"p99_ms"`
	Max   float64   `json:"max_ms"`
	Curve []float64 `json:"max_per_100ms"`
}

// Event is what happened at one moment.
type Event struct {
	At   float64 `json:"at_ms"`
	Kind string  `json:"kind"` // fault, disconnected, reconnected, closed, dialled, refused, note
	Text string  `json:"text"`
}

// survived says whether the programs of this library came through everything.
func (r *Report) survived() (bad []string) {
	for _, s := range r.Scenarios {
		for _, run := range s.Runs {
			if run.Library == ours.name && !run.Survived {
				bad = append(bad, s.Name)
			}
		}
	}
	return bad
}

func (r *Report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
