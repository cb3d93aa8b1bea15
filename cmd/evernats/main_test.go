package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/demo"
)

// commandVariable makes the test binary behave as the command.
const commandVariable = "EVERNATS_TEST_COMMAND"

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	if os.Getenv(commandVariable) != "" {
		main()
	}
	flag.Parse()
	// Most of the time a command that is run here waits for its servers.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// command is the command in a process of its own, as a user starts it.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	return cmd
}

func TestDemoPlain(t *testing.T) {
	t.Parallel()
	out, err := command(t, "demo", "--duration", "3s", "--rate", "300").CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	// Each step and what the client made of it, in this order.
	rest := text
	for _, want := range []string{
		"3 real nats-servers up", "connected     to server",
		"— restarting all servers", "is a lame duck", "moved         to server", "has ended, and is started again",
		"is a lame duck", "has ended", "is a lame duck", "has ended", "— killing server", "disconnected  from server", "reconnected   to server",
		"— bringing server", "— adding server 4", "— killing server 1 to 3 for good", "reconnected   to server 4",
		"— stopping server 4", "disconnected  from server 4", "— starting server 4 again", "reconnected   to server 4",
		"published", "delivered", "lost                              0", "duplicated", "out of order                      0", "requests failed",
		"rolling restart", "0 lost, 0 doubled, 0 requests failed, 0 disconnects", "longest gap", "disconnects", "recovery, median", "recovery, worst", "longest Publish", "Everything promised held.",
	} {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("%q is missing or out of place in:\n%s", want, text)
		}
		rest = after
	}
	if !strings.Contains(text, "discovered    server 4") {
		t.Errorf("the client never heard of server 4:\n%s", text)
	}
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\r") {
		t.Errorf("a terminal's control characters though this is none:\n%q", text)
	}
}

func TestDemoJSON(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	cmd := command(t, "demo", "--duration=3s", "--rate=400", "--servers=2", "--seed=7", "--json")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	var r demo.Report
	dec := json.NewDecoder(&stdout)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(io.MultiReader(dec.Buffered(), &stdout)); len(bytes.TrimSpace(rest)) > 0 {
		t.Errorf("more than one object on standard output: %q", rest)
	}
	if !r.OK || len(r.Broken) != 0 || r.Servers != 2 || r.Rate != 400 || r.Seed != 7 || !r.AtLeastOnce || r.Interrupted {
		t.Errorf("%+v", r)
	}
	if r.Published < 600 || r.Delivered != r.Published || r.Lost != 0 || r.OutOfOrder != 0 || r.RequestsFailed != 0 || r.Requests == 0 {
		t.Errorf("%+v", r)
	}
	if r.Disconnects < 3 || r.RecoveryWorstMS < r.RecoveryMedianMS || r.RecoveryWorstMS <= 0 || r.LongestPublishMS <= 0 || r.OutageMS <= 0 {
		t.Errorf("%+v", r)
	}
	if x := r.Rolling; x == nil || x.Servers != 2 || x.Moves == 0 || x.Published < 200 || x.Requests == 0 || x.LongestGapMS <= 0 {
		t.Errorf("%+v", x)
	}
	for _, kind := range []string{"step", "moved", "connected", "disconnected", "reconnected", "discovered"} {
		if !slices.ContainsFunc(r.Events, func(e demo.Event) bool { return e.Kind == kind }) {
			t.Errorf("no %s among the events", kind)
		}
	}
	if !strings.Contains(stderr.String(), "reconnected") {
		t.Errorf("standard error doesn't show what happens:\n%s", &stderr)
	}
}

func TestDemoWithoutAtLeastOnce(t *testing.T) {
	t.Parallel()
	out, err := command(t, "demo", "--duration=3s", "--rate=2000", "--servers=1", "--no-at-least-once", "--json").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var r demo.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if !r.OK || r.AtLeastOnce || r.Lost > r.InDoubt || r.Duplicated != 0 || r.Delivered+r.Lost != r.Published {
		t.Errorf("%+v", r)
	}
}

// A stream, a consumer and a watch live through the death of all their servers.
func TestDemoJetStream(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	cmd := command(t, "demo", "--duration=6s", "--rate=100", "--jetstream", "--json")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	var r demo.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	s := r.JetStream
	if !r.OK || s == nil || s.Acknowledged == 0 || s.Acknowledged != s.Published || s.Delivered != s.Published || s.Written == 0 || s.Updates != s.Written {
		t.Errorf("%s", out)
	}
	for _, want := range []string{"bucket of 3 replicas made", "which have all replicas", "killing server 1 to 4: no server is left", "consumed"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &stderr)
		}
	}
}

// A signal ends the run with the table, with a server or without one.
func TestSignalEndsTheDemo(t *testing.T) {
	for name, tc := range map[string]struct {
		signal os.Signal
		after  string // the line that is waited for
	}{
		"interrupt while all is well": {os.Interrupt, "connected "},
		"terminate without a server":  {syscall.SIGTERM, "disconnected "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t, "demo", "--servers=1", "--duration=20s", "--rate=100")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			signalled := false
			for lines := bufio.NewScanner(out); lines.Scan(); {
				text.WriteString(lines.Text() + "\n")
				if !signalled && strings.Contains(lines.Text(), tc.after) {
					signalled = true
					if err := cmd.Process.Signal(tc.signal); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v\n%s%s", err, &text, &stderr)
			}
			for _, want := range []string{"interrupted", "published", "longest Publish", "Everything promised held."} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, &text)
				}
			}
		})
	}
}

func TestBadCommandLines(t *testing.T) {
	for line, want := range map[string]string{
		"":                             `expected one of "check", "demo", "drill", "storm", "completion"`,
		"dmo":                          "unexpected argument dmo",
		"demo more":                    "unexpected argument more",
		"demo --nonsense":              "unknown flag --nonsense",
		"demo --servers 0":             "--servers 0: from 1 to 50",
		"demo --servers 51":            "--servers 51: from 1 to 50",
		"demo --servers 2 --jetstream": "--servers 2: --jetstream needs at least 3",
		"demo --rate=-5":               "--rate -5: from 1 to 200000",
		"demo --rate 0":                "--rate 0: from 1 to 200000",
		"demo --rate fast":             `"fast"`,
		"demo --duration 1s":           "--duration 1s: the timeline needs at least 3s",
		"demo --duration=-3s":          "--duration -3s: the timeline needs at least 3s",
		"demo --duration 25h":          "--duration 25h0m0s: at most 24h0m0s",
		"demo --duration soon":         `"soon"`,
		"demo --seed=-1":               `"-1"`,
		"demo --servers":               "--servers",
		"demo --at-least-once=perhaps": `"perhaps"`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			cmd := command(t, strings.Fields(line)...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != exitUsage || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
				t.Errorf("exit code %d, want %d and %q\nstdout: %s\nstderr: %s", code, exitUsage, want, &stdout, &stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, line := range []string{"--help", "demo --help"} {
		out, err := command(t, strings.Fields(line)...).Output()
		if err != nil || !strings.Contains(string(out), "demo") {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
	out, err := command(t, "demo", "--help").Output()
	for _, want := range []string{"--servers=3", "--rate=1000", "--duration=20s", "--seed", "--json", "--[no-]at-least-once", "exit code"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("no %s in the help (%v):\n%s", want, err, out)
		}
	}
}
