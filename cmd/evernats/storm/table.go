package storm

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// row is a figure of a result.
type row struct {
	name  string
	value func(r *Result) string
}

var rows = []row{
	{"connections lost", func(r *Result) string { return thousands(r.Losses) }},
	{"50 % of them back after", func(r *Result) string { return moment(r.Back50) }},
	{"99 % of them back after", func(r *Result) string { return moment(r.Back99) }},
	{"100 % of them back after", func(r *Result) string { return moment(r.Back100) }},
	{"attempts", func(r *Result) string { return thousands(r.Counts.Attempts) }},
	{"attempts for each lost connection", func(r *Result) string { return fmt.Sprintf("%.2f", r.PerClient) }},
	{"peak attempts a second, one server", func(r *Result) string { return count(r.Peak) }},
	{"attempts refused or reset", func(r *Result) string { return count(r.Refused) }},
	{"attempts timed out", func(r *Result) string { return count(r.TimedOut) }},
	{"attempts given up for a quicker one", func(r *Result) string { return count(r.Cancelled) }},
	{"clients that gave up", func(r *Result) string { return thousands(r.GaveUp) }},
	{"clients connected at the end", func(r *Result) string { return thousands(r.Connected) }},
	{"virtual time", func(r *Result) string { return moment(r.Virtual) }},
	{"simulated in", func(r *Result) string { return moment(r.Wall) }},
}

// kickRows are those of a storm that an operator makes.
var kickRows = []row{
	{"rounds of kicks", func(r *Result) string { return thousands(len(r.Rounds) - 1) }},
	{"clients of each server at the end", func(r *Result) string { return crowdText(r.Rounds[len(r.Rounds)-1]) }},
}

// rollingRows are those of a storm in which clients may go before they are sent away.
var rollingRows = []row{
	{"connections moved before that", func(r *Result) string { return thousands(r.Moves) }},
	{"all clients without a connection for", func(r *Result) string { return moment(r.Without) }},
}

// rowsOf is what there is to say of results.
func rowsOf(results []*Result) []row {
	if results[0].Scenario == Rolling {
		all := slices.Insert(slices.Clone(rows), 1, rollingRows...)
		for i := range all {
			if all[i].name == "attempts for each lost connection" {
				all[i].name = "attempts for each lost or moved"
			}
		}
		return all
	}
	for _, r := range results {
		if len(r.Rounds) == 0 {
			return rows
		}
	}
	all := slices.Clone(kickRows)
	for _, r := range rows {
		// These are times since the storm began; a kick may come at any moment of it.
		if !strings.HasSuffix(r.name, "back after") {
			all = append(all, r)
		}
	}
	return all
}

// writeTable shows results side by side.
func writeTable(w io.Writer, results []*Result) {
	c := results[0].Config
	fmt.Fprintf(w, "%s, seed %d\nA server takes %s clients a second. %s\n", c.title(), c.Seed, number(c.HandshakesPerSecond), c.story())
	if len(results) == 1 {
		fmt.Fprintln(w, results[0].Policy)
	}
	fmt.Fprintln(w)
	nameWidth, width := 0, 12
	rows := rowsOf(results)
	for _, r := range rows {
		nameWidth = max(nameWidth, len(r.name))
	}
	for _, r := range results {
		width = max(width, len(r.Policy.Name))
		for _, row := range rows {
			width = max(width, utf8.RuneCountInString(row.value(r)))
		}
	}
	if len(results) > 1 {
		fmt.Fprint(w, strings.Repeat(" ", nameWidth))
		for _, r := range results {
			fmt.Fprintf(w, "  %*s", width, r.Policy.Name)
		}
		fmt.Fprintln(w)
	}
	for _, row := range rows {
		fmt.Fprintf(w, "%-*s", nameWidth, row.name)
		for _, r := range results {
			v := row.value(r)
			fmt.Fprintf(w, "  %s%s", strings.Repeat(" ", width-utf8.RuneCountInString(v)), v)
		}
		fmt.Fprintln(w)
	}
	for _, r := range results {
		writeRounds(w, r)
		if why := r.early(); why != "" {
			fmt.Fprintf(w, "\n%s %s into %q: the figures are those until then.\n", why, moment(r.Virtual), r.Policy.Name)
		}
	}
}

// writeRounds shows how the clients spread, if they were made to.
func writeRounds(w io.Writer, r *Result) {
	for i, counts := range r.Rounds {
		what := fmt.Sprintf("after round %d", i)
		if i == 0 {
			fmt.Fprintf(w, "\nClients of each server (%s):\n", r.Policy.Name)
			what = "at first"
		}
		fmt.Fprintf(w, "%-16s%s\n", what, crowdText(counts))
	}
}

// title is the storm in a few words.
func (c *Config) title() string {
	return counted(c.Clients, "client") + ", " + counted(c.Servers, "server") + ", " + string(c.Scenario)
}

// story is what happens to the servers, as a sentence.
func (c *Config) story() string {
	away := moment(c.down())
	switch c.Scenario {
	case RestartOne:
		return "One dies and is back after " + away + "."
	case Partition:
		return "One can't be reached for " + away + " and says nothing."
	case Kick:
		return "All begin at one; every " + moment(c.Pause) + " what a server has beyond its share is kicked."
	case Rolling:
		return "One after the other says that it leaves, sends its clients away " + moment(c.Grace) + " later within " + moment(c.Duck) + ", and is back after " + away + " more."
	}
	return "All die and are back after " + away + "."
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}

// early says why a storm was left before its end, or nothing.
func (r *Result) early() string {
	switch {
	case r.Interrupted:
		return "Interrupted"
	case r.Limited:
		return "Ended by --limit"
	}
	return ""
}

// String says what the clients do, in the names of the options.
func (p Policy) String() string {
	var parts []string
	if p.BackoffFirst > 0 {
		parts = append(parts, fmt.Sprintf("ReconnectBackoff(%v, %v)", p.BackoffFirst, p.BackoffMax))
	} else {
		parts = append(parts, fmt.Sprintf("ReconnectWait(%v)", p.Wait), fmt.Sprintf("ReconnectJitter(%v, %v)", p.Jitter, p.JitterTLS))
	}
	if p.Spread > 0 {
		parts = append(parts, fmt.Sprintf("ReconnectSpread(%v)", p.Spread))
	}
	if p.Migrate {
		parts = append(parts, "LameDuckMigration(true)")
	}
	if p.AttemptDelay > 0 {
		parts = append(parts, fmt.Sprintf("ConnectionAttemptDelay(%v)", p.AttemptDelay))
	} else {
		parts = append(parts, "one attempt at a time")
	}
	return strings.Join(append(parts, fmt.Sprintf("Timeout(%v)", p.Timeout), fmt.Sprintf("MaxReconnects(%d)", p.MaxReconnect)), ", ")
}

// moment is a time, with as many digits as mean something; a dash when it never
// came.
func moment(d time.Duration) string {
	switch {
	case d < 0:
		return "–"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 100*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// count is a number; a dash when it isn't known.
func count(n int) string {
	if n < 0 {
		return "–"
	}
	return thousands(n)
}

// thousands groups the digits of a number.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// number shows a rate: whole when it is big.
func number(f float64) string {
	if f == float64(int(f)) || f >= 100 {
		return thousands(int(f + 0.5))
	}
	return strconv.FormatFloat(f, 'g', 3, 64)
}
