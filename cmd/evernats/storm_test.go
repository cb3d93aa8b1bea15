package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What can't be simulated is refused before any work, with the command's own help.
func TestBadStorms(t *testing.T) {
	for line, want := range map[string]string{
		"storm --servers 0":                               "--servers is 0",
		"storm --handshakes-per-second 0":                 "--handshakes-per-second is 0",
		"storm --wait=-1s":                                "--wait is -1s; it can't be negative",
		"storm --clients 1000000000":                      "--clients is 1000000000",
		"storm --latency 1s":                              "no client would ever connect",
		"storm --nonsense":                                "unknown flag --nonsense",
		"storm --scenario rolling --limit 10s":            "the scenario alone takes",
		"storm --verify --scenario restart-one --tls":     "--verify doesn't use --tls",
		"storm --clients=10000000 --servers=1000 --seed=": "--seed",
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
			if !strings.HasSuffix(stderr.String(), "; see evernats storm --help\n") {
				t.Errorf("the command's help isn't named:\n%s", &stderr)
			}
		})
	}
}

// A file that can't be written is found before the storm, not after it.
func TestStormNeedsItsFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "no", "report.html")
	var stdout, stderr bytes.Buffer
	cmd := command(t, "storm", "--html", path)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || stdout.Len() > 0 || !strings.HasPrefix(stderr.String(), "evernats: can't write "+path) {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", code, &stdout, &stderr)
	}
}

// Ctrl-C ends a storm with what is known, and writes the files that were asked for.
func TestInterruptEndsTheStorm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "curves.csv")
	// One client a second and server: hours of virtual time, and minutes of ours.
	cmd := command(t, "storm", "--clients=200000", "--handshakes-per-second=1", "--limit=24h", "--csv", path)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The first line of progress says that the storm has begun.
	var said strings.Builder
	signalled := false
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if !signalled && strings.Contains(lines.Text(), "% connected") {
			signalled = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &said)
	}
	for _, want := range []string{"200,000 clients, 3 servers, restart-all", "connections lost", "attempts refused", "Interrupted"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, &stdout)
		}
	}
	if rows, err := os.ReadFile(path); err != nil || bytes.Count(rows, []byte("\n")) < 2 {
		t.Errorf("%d bytes of curves, %v", len(rows), err)
	}
}
