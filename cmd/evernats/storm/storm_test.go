package storm

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	os.Exit(m.Run())
}

// parse reads a command line as main does.
func parse(t *testing.T, args ...string) (*Command, error) {
	t.Helper()
	var c Command
	p, err := kong.New(&c, kong.Exit(func(int) { t.Fatal("exit") }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Parse(args)
	return &c, err
}

// small is a storm that takes no time.
func small(t *testing.T, args ...string) Config {
	t.Helper()
	c, err := parse(t, append([]string{"--clients", "600", "--handshakes-per-second", "100", "--accept-queue", "50"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c.config()
}

func simulate(t *testing.T, cfg Config) *Result {
	t.Helper()
	r, err := Simulate(context.Background(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImpossibleInputIsRefused(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--servers 0", "--servers is 0"},
		{"--clients=-1", "--clients is -1"},
		{"--handshakes-per-second 0", "--handshakes-per-second is 0"},
		{"--handshakes-per-second NaN", "--handshakes-per-second is NaN"},
		{"--accept-queue 0", "--accept-queue is 0"},
		{"--rounds 0", "--rounds is 0"},
		{"--wait=-1s", "--wait is -1s"},
		{"--wait 0s", "clients would never pause"},
		{"--down=-1s", "--down is -1s"},
		{"--timeout=-1s", "--timeout is -1s"},
		{"--latency 0s", "--latency is 0s"},
		{"--latency 300ms", "no client would ever connect"},
		{"--handshakes-per-second 1e-12", "at least some client"},
		{"--handshakes-per-second +Inf", "more than 1e+08"},
		{"--clients 10000000 --servers 1000", "more than memory is good for"},
		{"--spread 1000h", "--spread is 1000h0m0s; it can't be more than"},
		{"--limit 10s --down 20s", "the scenario alone takes 20s"},
		{"--backoff 1s,1000h", "can't be more than"},
		{"--scenario earthquake", "must be one of restart-one"},
		{"--backoff 1s", "should be two durations"},
		{"--backoff 2s,1s", "must not be less"},
		{"--backoff=-1s,1s", "must be more than nothing"},
		{"--backoff soon,1s", "invalid duration"},
		{"--compare --verify", "can't be used together"},
		{"--verify --scenario rolling", "--verify kills real servers"},
		{"--verify --clients 1000000", "the most is"},
		{"--verify --scenario restart-one --servers 1", "at least two"},
		{"--verify --gate 0.5", "--gate is 0.5"},
		{"--verify --gate NaN", "--gate is NaN"},
		{"--bogus", "unknown flag"},
	} {
		_, err := parse(t, strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, which doesn't say %q", c.args, err, c.want)
		}
	}
}

func TestEveryScenarioEndsConnected(t *testing.T) {
	for _, scenario := range Scenarios {
		t.Run(string(scenario), func(t *testing.T) {
			r := simulate(t, small(t, "--scenario", string(scenario)))
			if r.Counts.Connected != 600 || r.GaveUp != 0 || r.Losses == 0 || r.Reconnects != r.Losses {
				t.Errorf("%+v", r.Counts)
			}
			if r.Back50 <= 0 || r.Back99 < r.Back50 || r.Back100 < r.Back99 || r.Virtual < r.Back100 {
				t.Errorf("back after %v, %v, %v of %v", r.Back50, r.Back99, r.Back100, r.Virtual)
			}
			if r.Peak <= 0 || r.PerClient < 1 || len(r.Rate) != len(r.Up) || r.Up[len(r.Up)-1] != 600 {
				t.Errorf("peak %d, %v a client, %d and %d steps", r.Peak, r.PerClient, len(r.Rate), len(r.Up))
			}
		})
	}
}

// In a rolling restart whoever migrates is never without a connection, and the others are.
func TestRollingRestartWithAndWithoutMigration(t *testing.T) {
	cfg := small(t, "--scenario", "rolling", "--compare")
	policies := compared(cfg.Policy, cfg.Scenario)
	if len(policies) != 5 || policies[4].Name != "migrating" || !policies[4].Migrate || policies[0].Migrate {
		t.Fatalf("%+v", policies)
	}
	cfg.Policy = policies[0]
	waits := simulate(t, cfg)
	cfg.Policy = policies[4]
	moves := simulate(t, cfg)
	if waits.Losses == 0 || waits.Moves != 0 || waits.Without <= 0 {
		t.Errorf("who waits: %+v, without a connection for %v", waits.Counts, waits.Without)
	}
	if moves.Losses != 0 || moves.Moves != moves.Counts.Attempts || moves.Moves < 600 || moves.Without != 0 || moves.PerClient != 1 {
		t.Errorf("who moves: %+v, without a connection for %v, %v attempts a move", moves.Counts, moves.Without, moves.PerClient)
	}
	var b bytes.Buffer
	writeTable(&b, []*Result{waits, moves})
	for _, want := range []string{"connections moved before that", "migrating", "attempts for each lost or moved"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table doesn't say %q:\n%s", want, b.String())
		}
	}
}

// The servers can't be faster than they are.
func TestCapacityIsTheLimit(t *testing.T) {
	r := simulate(t, small(t, "--scenario", "restart-all"))
	least := 5*time.Second + time.Second // 300 clients at 3 × 100 a second
	if r.Back50 < least {
		t.Errorf("half were back after %v", r.Back50)
	}
}

func TestClientsThatGiveUpAreCounted(t *testing.T) {
	r := simulate(t, small(t, "--scenario", "restart-all", "--max-reconnect", "2", "--down", "1m"))
	if r.GaveUp != 600 || r.Counts.Connected != 0 || r.Back50 >= 0 {
		t.Errorf("%+v, half back after %v", r.Counts, r.Back50)
	}
}

// A storm that --limit cuts short says so.
func TestLimitEndsIt(t *testing.T) {
	r := simulate(t, small(t, "--limit", "6s"))
	if !r.Limited || r.Interrupted || r.Back100 >= 0 || r.Virtual < 6*time.Second || r.Virtual > 7*time.Second {
		t.Errorf("%+v", r)
	}
	var table, page bytes.Buffer
	writeTable(&table, []*Result{r})
	if err := writeHTML(&page, []*Result{r}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{table.String(), page.String()} {
		if !strings.Contains(text, "Ended by --limit 6.") {
			t.Errorf("it isn't said in\n%s", text)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	a, b, c := simulate(t, small(t)), simulate(t, small(t)), simulate(t, small(t, "--seed", "2"))
	if a.Counts != b.Counts || a.Back50 != b.Back50 || a.Back100 != b.Back100 {
		t.Errorf("one seed, two storms:\n%+v\n%+v", a.Counts, b.Counts)
	}
	if a.Counts == c.Counts && a.Back50 == c.Back50 {
		t.Error("two seeds, one storm")
	}
}

func TestInterruptTellsWhatIsKnown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := Simulate(ctx, small(t), func(p Progress) {
		if p.Virtual > 7*time.Second {
			cancel()
		}
	})
	if err != nil || !r.Interrupted || r.Virtual < 7*time.Second || r.Virtual > 8*time.Second {
		t.Fatalf("%+v, %v", r, err)
	}
	var b bytes.Buffer
	writeTable(&b, []*Result{r})
	if !strings.Contains(b.String(), "Interrupted 7.") {
		t.Errorf("the table doesn't say so:\n%s", b.String())
	}
	if _, err := Simulate(ctx, small(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before it began: %v", err)
	}
}

func comparison(t *testing.T) []*Result {
	t.Helper()
	cfg := small(t)
	var results []*Result
	for _, p := range compared(cfg.Policy, cfg.Scenario) {
		cfg.Policy = p
		results = append(results, simulate(t, cfg))
	}
	return results
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	writeTable(&b, comparison(t))
	for _, want := range []string{"600 clients, 3 servers, restart-all, seed 1\nA server takes 100 clients a second. All die and are back after 5.00 s.\n", "defaults", "no jitter", "back-off and spread", "99 % of them back after", "clients that gave up"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestJSON(t *testing.T) {
	results := comparison(t)
	results[0].Back100 = -1
	var b bytes.Buffer
	if err := writeJSON(&b, results); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Clients  int
		Scenario string
		Results  []struct {
			Policy         struct{ Name string }
			Back50Seconds  *float64
			Back100Seconds *float64
			Attempts       int
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	first := got.Results[0]
	if got.Clients != 600 || got.Scenario != "restart-all" || len(got.Results) != 4 || first.Policy.Name != "defaults" ||
		first.Attempts != results[0].Counts.Attempts || *first.Back50Seconds != results[0].Back50.Seconds() || first.Back100Seconds != nil {
		t.Errorf("%+v", got)
	}
}

func TestCSV(t *testing.T) {
	results := comparison(t)
	var b bytes.Buffer
	if err := writeCSV(&b, results); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for _, r := range results {
		steps += len(r.Up)
	}
	if len(rows) != steps+1 || rows[1][0] != "defaults" || rows[len(rows)-1][3] != "600" {
		t.Errorf("%d rows for %d steps, the last is %v", len(rows), steps, rows[len(rows)-1])
	}
}

func TestPictures(t *testing.T) {
	results := comparison(t)
	var b bytes.Buffer
	if err := writePNG(&b, results); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil || img.Bounds().Dx() < 1000 {
		t.Fatalf("%v, %v", img.Bounds(), err)
	}
	b.Reset()
	if err := writeSVG(&b, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg", "back-off and spread", "connected clients", "#D55E00"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in the SVG", want)
		}
	}
}

// The page needs nothing from elsewhere and takes its colours from its own style.
func TestHTML(t *testing.T) {
	var b bytes.Buffer
	if err := writeHTML(&b, comparison(t)); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<svg", "var(--line-1)", "var(--ink)", "prefers-color-scheme: dark", `name="viewport"`, "no jitter", "50 % of them back after", "ReconnectBackoff(100ms, 10s)"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, never := range []string{"<script", "<link", "src=", "@import", "#0102", "ZgotmplZ"} {
		if strings.Contains(page, never) {
			t.Errorf("%q in the page", never)
		}
	}
}

func TestFilesAreCheckedFirstAndLeftWhole(t *testing.T) {
	dir := t.TempDir()
	for _, bad := range []string{filepath.Join(dir, "no", "such", "dir.csv"), dir} {
		c := Command{CSV: bad}
		if _, err := c.openFiles(); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	path := filepath.Join(dir, "curves.csv")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := Command{CSV: path}
	fs, err := c.openFiles()
	if err != nil {
		t.Fatal(err)
	}
	fs.discard()
	if text, err := os.ReadFile(path); err != nil || string(text) != "old" {
		t.Errorf("after a storm that never ended: %q, %v", text, err)
	}
	if fs, err = c.openFiles(); err != nil {
		t.Fatal(err)
	}
	if err := fs.write(comparison(t)); err != nil {
		t.Fatal(err)
	}
	fs.discard()
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "policy,seconds") {
		t.Errorf("%.20q, %v", text, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRacingIsCompared(t *testing.T) {
	cfg := small(t, "--scenario", "restart-one")
	for _, p := range comparedRacing(cfg.Policy) {
		cfg.Policy = p
		if r := simulate(t, cfg); (r.Cancelled > 0) != (p.AttemptDelay > 0) {
			t.Errorf("%s: %d attempts were given up for a quicker one", p.Name, r.Cancelled)
		}
	}
}

// Real clients on real servers: how well the times agree depends on the machine,
// that both storms end doesn't.
func TestVerify(t *testing.T) {
	cfg := small(t, "--verify", "--clients", "120", "--down", "500ms", "--wait", "300ms", "--jitter", "50ms")
	var said []string
	results, err := verify(context.Background(), cfg, func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Losses != 120 || r.Counts.Connected != 120 || r.GaveUp != 0 || r.Back99 < 500*time.Millisecond {
			t.Errorf("%s: %+v, back after %v and %v", r.Policy.Name, r.Counts, r.Back50, r.Back99)
		}
	}
	var b bytes.Buffer
	if err := writeAgreement(&b, results); err != nil && !errors.Is(err, ErrDisagrees) {
		t.Error(err)
	}
	if !strings.Contains(b.String(), "99 % back: simulated") || len(said) < 10 {
		t.Errorf("%s\n%q", b.String(), said)
	}
}

func TestAgreement(t *testing.T) {
	for _, c := range []struct {
		simulated, measured time.Duration
		agrees              bool
	}{
		{time.Second, time.Second, true},
		{1190 * time.Millisecond, time.Second, true},
		{810 * time.Millisecond, time.Second, true},
		{1210 * time.Millisecond, time.Second, false},
		{790 * time.Millisecond, time.Second, false},
		{-1, time.Second, false},
		{time.Second, -1, false},
	} {
		a, b := &Result{Back50: c.simulated, Back99: time.Second}, &Result{Back50: c.measured, Back99: time.Second}
		err := writeAgreement(&bytes.Buffer{}, []*Result{a, b})
		if (err == nil) != c.agrees || err != nil && !errors.Is(err, ErrDisagrees) {
			t.Errorf("simulated %v, real %v: %v", c.simulated, c.measured, err)
		}
	}
}
