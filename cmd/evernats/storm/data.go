package storm

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/evernats/nats/cmd/evernats/storm/chart"
)

// resultJSON is a result for programs; times are in seconds. What never came or
// isn't known is null.
type resultJSON struct {
	Policy      policyJSON `json:"policy"`
	Interrupted bool       `json:"interrupted"`
	Limited     bool       `json:"endedByLimit"`

	Lost           int      `json:"connectionsLost"`
	Back50         *float64 `json:"back50Seconds"`
	Back99         *float64 `json:"back99Seconds"`
	Back100        *float64 `json:"back100Seconds"`
	Moved          int      `json:"connectionsMoved"`
	Without        float64  `json:"clientSecondsWithoutConnection"`
	Attempts       int      `json:"attempts"`
	PerConnection  float64  `json:"attemptsPerLostConnection"`
	Peak           *int     `json:"peakAttemptsPerSecondPerServer"`
	Refused        *int     `json:"attemptsRefused"`
	TimedOut       *int     `json:"attemptsTimedOut"`
	Cancelled      *int     `json:"attemptsCancelled"`
	GaveUp         int      `json:"clientsGaveUp"`
	Connected      int      `json:"clientsConnected"`
	VirtualSeconds float64  `json:"virtualSeconds"`
	WallSeconds    *float64 `json:"wallSeconds"`
	// Rounds are the clients of each server before each round of kicks, and after the last.
	Rounds [][]int `json:"clientsOfEachServerByRound,omitempty"`
}

type policyJSON struct {
	Name         string  `json:"name"`
	Wait         float64 `json:"waitSeconds"`
	Jitter       float64 `json:"jitterSeconds"`
	JitterTLS    float64 `json:"jitterTLSSeconds"`
	BackoffFirst float64 `json:"backoffFirstSeconds"`
	BackoffMax   float64 `json:"backoffMaxSeconds"`
	Spread       float64 `json:"spreadSeconds"`
	AttemptDelay float64 `json:"attemptDelaySeconds"`
	Timeout      float64 `json:"timeoutSeconds"`
	MaxReconnect int     `json:"maxReconnect"`
	Migrate      bool    `json:"migrate"`
}

func (p Policy) json() policyJSON {
	return policyJSON{
		Name: p.Name, Wait: p.Wait.Seconds(), Jitter: p.Jitter.Seconds(), JitterTLS: p.JitterTLS.Seconds(),
		BackoffFirst: p.BackoffFirst.Seconds(), BackoffMax: p.BackoffMax.Seconds(), Spread: p.Spread.Seconds(),
		AttemptDelay: p.AttemptDelay.Seconds(), Timeout: p.Timeout.Seconds(), MaxReconnect: p.MaxReconnect, Migrate: p.Migrate,
	}
}

func seconds(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}

func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func (r *Result) json() resultJSON {
	return resultJSON{
		Policy: r.Policy.json(), Interrupted: r.Interrupted, Limited: r.Limited,
		Lost: r.Losses, Back50: seconds(r.Back50), Back99: seconds(r.Back99), Back100: seconds(r.Back100),
		Moved: r.Moves, Without: r.Without.Seconds(),
		Attempts: r.Counts.Attempts, PerConnection: r.PerClient, Peak: known(r.Peak),
		Refused: known(r.Refused), TimedOut: known(r.TimedOut), Cancelled: known(r.Cancelled),
		GaveUp: r.GaveUp, Connected: r.Counts.Connected,
		VirtualSeconds: r.Virtual.Seconds(), WallSeconds: seconds(r.Wall), Rounds: r.Rounds,
	}
}

func writeJSON(w io.Writer, results []*Result) error {
	c := results[0].Config
	out := struct {
		Clients             int          `json:"clients"`
		Servers             int          `json:"servers"`
		HandshakesPerSecond float64      `json:"handshakesPerSecondPerServer"`
		AcceptQueue         int          `json:"acceptQueue"`
		Scenario            Scenario     `json:"scenario"`
		DownSeconds         float64      `json:"downSeconds"`
		TLS                 bool         `json:"tls"`
		Seed                uint64       `json:"seed"`
		Results             []resultJSON `json:"results"`
	}{
		Clients: c.Clients, Servers: c.Servers, HandshakesPerSecond: c.HandshakesPerSecond, AcceptQueue: c.AcceptQueue,
		Scenario: c.Scenario, DownSeconds: c.down().Seconds(), TLS: c.TLS, Seed: c.Seed,
	}
	for _, r := range results {
		out.Results = append(out.Results, r.json())
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

func writeCSV(w io.Writer, results []*Result) error {
	out := csv.NewWriter(w)
	// The writer keeps its first error; Error below tells it.
	_ = out.Write([]string{"policy", "seconds", "attempts_per_second", "connected_clients"})
	for _, r := range results {
		for k := range r.Up {
			at := (time.Duration(k+1) * r.Step).Seconds()
			_ = out.Write([]string{
				r.Policy.Name,
				strconv.FormatFloat(at, 'f', 3, 64),
				strconv.FormatFloat(r.Rate[k], 'f', 0, 64),
				strconv.FormatFloat(r.Up[k], 'f', 0, 64),
			})
		}
	}
	out.Flush()
	return out.Error()
}

// picture is the curves of all results.
func picture(results []*Result) *chart.Picture {
	c := results[0].Config
	p := &chart.Picture{
		Title:    c.title(),
		Clients:  c.Clients,
		Capacity: c.HandshakesPerSecond * float64(c.Servers),
	}
	for i, r := range results {
		// Every other line is dashed, so that one under another can be seen.
		p.Lines = append(p.Lines, chart.Line{Name: r.Policy.Name, Step: r.Step, Rate: r.Rate, Up: r.Up, Dashed: i%2 == 1})
	}
	return p
}

func writeSVG(w io.Writer, results []*Result) error { return picture(results).WriteSVG(w) }
func writePNG(w io.Writer, results []*Result) error { return picture(results).WritePNG(w) }
