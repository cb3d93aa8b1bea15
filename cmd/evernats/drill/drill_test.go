package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	"github.com/evernats/nats/cmd/evernats/terminal"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	os.Exit(m.Run())
}

// short is a drill that a test has time for.
func short(names ...string) Config {
	return Config{
		Subject: "evernats.drill", Scenarios: names, Options: atLeastOnce, Rate: 200,
		Before: 300 * time.Millisecond, Outage: 600 * time.Millisecond, Patience: 15 * time.Second,
	}
}

// drill runs one and returns what it found and what it showed meanwhile.
func drill(t *testing.T, cfg Config) (*Report, string) {
	t.Helper()
	if err := cfg.check(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var mu sync.Mutex
	var shown strings.Builder
	r, err := Run(ctx, cfg, func(line string) {
		mu.Lock()
		defer mu.Unlock()
		shown.WriteString(line + "\n")
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, shown.String())
	}
	if r.Interrupted {
		t.Fatalf("not through after a minute:\n%s", shown.String())
	}
	mu.Lock()
	defer mu.Unlock()
	return r, shown.String()
}

// What each fault must do to a program, so that a drill that plays nothing is found.
var expected = map[string]func(o *Outcome) bool{
	"cut": lostConnection,
	"half-open": func(o *Outcome) bool {
		return lostConnection(o) && *o.Noticed > 1000 && o.longestGap() > 1000 && o.Lifted == o.Struck+*o.Noticed
	},
	"black-hole":      func(o *Outcome) bool { return o.Disconnects == 0 && silence(o) >= 4 },
	"silent-accept":   lostConnection,
	"slow-handshake":  lostConnection,
	"latency":         func(o *Outcome) bool { return o.Disconnects == 0 && silence(o) >= 1 },
	"narrow":          func(o *Outcome) bool { return o.Disconnects == 0 },
	"flapping":        lostConnection,
	"kill":            lostConnection,
	"stop":            func(o *Outcome) bool { return o.Disconnects == 0 && silence(o) >= 4 },
	"lame-duck":       lostConnection,
	"rolling-restart": lostConnection,
	"auth-outage":     func(o *Outcome) bool { return lostConnection(o) && silence(o) >= 4 && o.Attempts > 1 },
}

func lostConnection(o *Outcome) bool {
	return o.Disconnects > 0 && o.Noticed != nil && o.Attempts > 0
}

// silence is for how many steps in a row, from the fault on, nothing of what was
// published arrived, whatever the reason.
func silence(o *Outcome) int {
	longest, now := 0, 0
	for i, v := range o.Publisher.Curve {
		now++
		if v > 0 || float64(i)*ms(step) < o.Struck {
			now = 0
		}
		longest = max(longest, now)
	}
	return longest
}

// A program with AtLeastOnce comes through everything, and loses nothing that it
// published. Each group has a cluster of its own.
func TestEachScenarioOnAClusterOfItsOwn(t *testing.T) {
	groups := [][]string{
		{"half-open", "cut", "rolling-restart"},
		{"black-hole", "silent-accept", "slow-handshake", "latency", "narrow"},
		{"flapping", "kill", "stop", "lame-duck", "auth-outage"},
	}
	if played := slices.Concat(groups...); len(played) != len(scenarios) || len(expected) != len(scenarios) {
		t.Errorf("%d of %d scenarios", len(played), len(scenarios))
	}
	for _, group := range groups {
		t.Run(strings.Join(group, " "), func(t *testing.T) {
			t.Parallel()
			r, shown := drill(t, short(group...))
			if len(r.Scenarios) != len(group) {
				t.Fatalf("%d scenarios", len(r.Scenarios))
			}
			for _, s := range r.Scenarios {
				o := &s.Runs[0]
				if !o.Survived || o.Publisher.Lost != 0 || o.Publisher.Failed != 0 || o.Publisher.Sent == 0 ||
					o.Subscriber.Arrived == 0 || o.Queue.Arrived == 0 || o.Requester.Arrived == 0 || o.Witness != 0 ||
					o.Publish.Max <= 0 || !expected[s.Name](o) {
					o.Events, o.Publish.Curve = nil, nil
					text, _ := json.Marshal(o)
					t.Errorf("%s: %s\n%s", s.Name, text, shown)
				}
				for _, f := range []Flow{o.Publisher, o.Subscriber, o.Queue} {
					if f.Sent != f.Arrived+f.Lost {
						t.Errorf("%s: the books don't balance: %d sent, %d arrived, %d lost", s.Name, f.Sent, f.Arrived, f.Lost)
					}
				}
			}
			if bad := r.survived(); len(bad) > 0 || !strings.Contains(r.table(terminal.Palette{}), "The program came back from everything.") {
				t.Errorf("%v\n%s", bad, r.table(terminal.Palette{}))
			}
			samePage(t, r)
		})
	}
}

// Servers of the user's own: one URL of three is given, and the fault layer is in front
// of the discovered ones too. No secret is shown by anything.
func TestOnGivenServersWithBothLibraries(t *testing.T) {
	t.Parallel()
	const secret = "pa55-f0r-nobody"
	c := clustertest.Start(t, cluster.Config{Servers: 3, Config: `authorization { user: app, password: "` + secret + `" }`})
	cfg := short("cut")
	cfg.Options, cfg.Compare, cfg.Everywhere, cfg.Patience = plain, true, true, 10*time.Second
	cfg.Target.Server = []string{"nats://app:" + secret + "@" + c.Server(0).Addr()}
	r, shown := drill(t, cfg)
	runs := r.Scenarios[0].Runs
	if len(runs) != 2 || runs[0].Library != ours.name || runs[1].Library != theirs.name {
		t.Fatalf("%+v", runs)
	}
	for _, o := range runs {
		if o.Disconnects == 0 || o.Attempts == 0 || o.Publisher.Sent == 0 {
			t.Errorf("%s: %+v", o.Library, o)
		}
		for _, s := range c.Servers()[1:] {
			if !slices.ContainsFunc(o.Events, func(e Event) bool {
				return (e.Kind == "dialled" || e.Kind == "refused") && strings.Contains(e.Text, s.Addr())
			}) {
				t.Errorf("%s: the discovered %s was never dialled through the fault layer", o.Library, s.Addr())
			}
		}
	}
	if !runs[0].Survived || runs[0].InDoubt == nil || runs[1].InDoubt != nil {
		t.Errorf("%+v", runs[0])
	}
	samePage(t, r)
	for what, text := range outputs(t, r) {
		if strings.Contains(text, secret) {
			t.Errorf("the password is in the %s", what)
		}
	}
	if strings.Contains(shown, secret) {
		t.Errorf("the password is in the progress:\n%s", shown)
	}

	// Nor is it in what is said when it is wrong.
	for _, target := range []Target{
		{Server: []string{"nats://app:wr0ng-secret@" + c.Server(0).Addr()}},
		{Server: []string{c.Server(0).URL()}, User: "app", Password: "wr0ng-secret"},
		{Server: []string{"nats://wr0ng-secret@" + c.Server(0).Addr()}},
	} {
		cfg := short("cut")
		cfg.Target = target
		_, err := Run(t.Context(), cfg, func(string) {})
		if err == nil || strings.Contains(err.Error(), "wr0ng-secret") || !strings.Contains(err.Error(), "check the URL and the credentials") {
			t.Errorf("%v", err)
		}
	}
}

// outputs is all that a report is shown as.
func outputs(t *testing.T, r *Report) map[string]string {
	t.Helper()
	var page, raw bytes.Buffer
	if err := r.writeHTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := r.writeJSON(&raw); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"page": page.String(), "JSON": raw.String(), "table": r.table(terminal.Palette{On: true})}
}

var (
	tables = regexp.MustCompile(`(?s)<table class="figures" data-scenario="([^"]*)">(.*?)</table>`)
	cells  = regexp.MustCompile(`<td data-figure="([^"]*)" data-value="([^"]*)">([^<]*)</td>`)
)

// samePage holds the page's figures against the JSON, and the page to what it promises:
// it needs nothing else.
func samePage(t *testing.T, r *Report) {
	t.Helper()
	out := outputs(t, r)
	page := out["page"]
	for _, foreign := range []string{"<script", "<link", "http-equiv", "url(", "@import", "src=", "ZgotmplZ", "NaN", "Inf"} {
		if strings.Contains(page, foreign) {
			t.Errorf("%s in the page", foreign)
		}
	}
	var parsed struct {
		Scenarios []struct {
			Name string
			Runs []map[string]any
		}
	}
	dec := json.NewDecoder(strings.NewReader(out["JSON"]))
	dec.UseNumber()
	if err := dec.Decode(&parsed); err != nil {
		t.Fatal(err)
	}
	found := tables.FindAllStringSubmatch(page, -1)
	if len(found) != len(parsed.Scenarios) {
		t.Fatalf("%d tables for %d scenarios", len(found), len(parsed.Scenarios))
	}
	for i, s := range parsed.Scenarios {
		if found[i][1] != s.Name {
			t.Errorf("table %d is that of %s, not %s", i, found[i][1], s.Name)
		}
		all := cells.FindAllStringSubmatch(found[i][2], -1)
		if len(all) != len(rows())*len(s.Runs) {
			t.Errorf("%s: %d figures, want %d for each of %d programs", s.Name, len(all), len(rows()), len(s.Runs))
		}
		for k, cell := range all {
			want := at(s.Runs[k%len(s.Runs)], cell[1])
			if cell[2] != want {
				t.Errorf("%s, %s: %s in the page, %s in the JSON", s.Name, cell[1], cell[2], want)
			}
			if n, err := strconv.ParseUint(want, 10, 64); err == nil && !strings.HasSuffix(cell[1], "_ms") && cell[3] != terminal.Thousands(n) {
				t.Errorf("%s, %s: shown as %s, it is %s", s.Name, cell[1], cell[3], want)
			}
		}
		if got, want := strings.Count(page, "<svg "), 2*len(s.Runs)*len(parsed.Scenarios); got != want {
			t.Errorf("%d drawings, want %d", got, want)
		}
	}
}

// at is a value of the JSON by its path.
func at(v map[string]any, path string) string {
	first, rest, deeper := strings.Cut(path, ".")
	if deeper {
		inner, _ := v[first].(map[string]any)
		return at(inner, rest)
	}
	value, ok := v[first]
	if !ok {
		return "there is none"
	}
	if value == nil {
		return "null"
	}
	return fmt.Sprint(value)
}

// A page of a program that never came back has no figure where there is none.
func TestThePageOfAProgramThatDidNotComeBack(t *testing.T) {
	r := &Report{Servers: []string{"nats://host:4222"}, Options: "default", Scenarios: []Scenario{{Name: "cut", What: "…", Runs: []Outcome{{
		Library: ours.name, Closed: true, Length: 3000, Struck: 1000, Lifted: 2000,
		Publisher: Flow{Sent: 1200, Lost: 1100, Failed: 7, Errors: map[string]uint64{"nats: <connection> closed": 7}, Gaps: []Gap{{1000, 2000, true}}},
		Events:    []Event{{1000, "disconnected", "EOF"}, {1100, "closed", "the connection is closed for good"}},
	}}}}}
	samePage(t, r)
	out := outputs(t, r)
	if !strings.Contains(out["page"], "The connection was closed for good.") || !strings.Contains(out["page"], "nats: &lt;connection&gt; closed") {
		t.Error(out["page"])
	}
	if !strings.Contains(out["table"], "closed") || !strings.Contains(out["table"], "didn't come back from cut") {
		t.Error(out["table"])
	}
	if bad := r.survived(); len(bad) != 1 {
		t.Errorf("%v", bad)
	}
}

// An account that may not publish below the subject is told so, and not shown losses.
func TestAnAccountThatMayNotIsTold(t *testing.T) {
	t.Parallel()
	c := clustertest.Start(t, cluster.Config{Servers: 1, Config: `authorization { users: [ { user: app, password: app, permissions: { publish: "other.>" } } ] }`})
	cfg := short("cut")
	cfg.Target.Server, cfg.Target.User, cfg.Target.Password = []string{c.Server(0).URL()}, "app", "app"
	_, err := Run(t.Context(), cfg, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "--subject chooses another") {
		t.Errorf("%v", err)
	}
}

// When it is ended, what was through is reported.
func TestAnInterruptedDrillTellsOfWhatWasThrough(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cfg := short("latency", "cut")
	cfg.Scenarios = []string{"cut", "latency"}
	r, err := Run(ctx, cfg, func(line string) {
		if strings.Contains(line, "latency begins") {
			cancel()
		}
	})
	if err != nil || !r.Interrupted || len(r.Scenarios) != 1 || r.Scenarios[0].Name != "cut" {
		t.Fatalf("%v, %+v", err, r)
	}
	var out bytes.Buffer
	_, _ = io.WriteString(&out, r.table(terminal.Palette{}))
	if !strings.Contains(out.String(), "Interrupted") {
		t.Error(out.String())
	}
}
