package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/cluster/clustertest"
	"github.com/evernats/nats/cmd/evernats/drill"
)

// What can't be drilled is refused in one line, without showing a secret.
func TestBadDrills(t *testing.T) {
	for line, want := range map[string]string{
		"drill --rate 0":         "--rate 0: from 20 to 20000",
		"drill --rate fast":      `"fast"`,
		"drill --outage 1ms":     "--outage 1ms: from 100ms",
		"drill --patience 0s":    "--patience 0s: from 1s",
		"drill --options best":   "--options must be one of",
		"drill --scenario flood": "--scenario flood: there are cut, half-open",
		"drill --scenario kill --server nats://127.0.0.1:4":         "your servers aren't touched",
		"drill --creds x.creds":                                     "add --server URL",
		"drill --server nats://h:4222 --creds /nowhere/x.creds":     "--creds: stat /nowhere/x.creds",
		"drill --server nats://h:4222 --tlscert x":                  "give both or neither",
		"drill --server http://h:4222":                              "--server: URL 1 isn't one",
		"drill --server nats://app:s3c%ret@h:4222":                  "--server: URL 1 isn't one",
		"drill --server nats://h:4222 --context x":                  "--context and --server: give one of them",
		"drill --context nobody-has-this":                           "nats context ls",
		"drill --subject a.>":                                       `--subject "a.>"`,
		"drill --nonsense":                                          "unknown flag --nonsense",
		"drill --server nats://h:4222 --user a --nkey main_test.go": "give one of them",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			cmd := command(t, strings.Fields(line)...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			said := stderr.String()
			if code := cmd.ProcessState.ExitCode(); code != exitUsage || stdout.Len() > 0 || !strings.Contains(said, want) ||
				strings.Count(said, "\n") != 1 || !strings.HasSuffix(said, "; see evernats drill --help\n") || strings.Contains(said, "s3c") {
				t.Errorf("exit code %d, want %d and %q\nstdout: %s\nstderr: %s", code, exitUsage, want, &stdout, said)
			}
		})
	}
}

// Servers that aren't there are an error of one line, and no password is in it.
func TestADrillWithoutServersSaysWhatToDo(t *testing.T) {
	t.Parallel()
	// An older report outlives a drill that couldn't be done, and no empty one is left.
	dir := t.TempDir()
	older, none := filepath.Join(dir, "older.html"), filepath.Join(dir, "none.html")
	if err := os.WriteFile(older, []byte("older"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = command(t, "drill", "--server", "nats://127.0.0.1:1", "--html", older).Run()
	if text, err := os.ReadFile(older); err != nil || string(text) != "older" {
		t.Errorf("%q, %v", text, err)
	}
	var stdout, stderr bytes.Buffer
	cmd := command(t, "drill", "--server", "nats://app:s3cret@127.0.0.1:1", "--html", none)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	last := lines[len(lines)-1]
	if cmd.ProcessState.ExitCode() != exitFailed || stdout.Len() > 0 || strings.Contains(stderr.String(), "s3cret") ||
		!strings.HasPrefix(last, "evernats: can't connect") || !strings.Contains(last, "check the URL and the credentials") {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", cmd.ProcessState.ExitCode(), &stdout, &stderr)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("an empty page is left: %v", err)
	}
}

func TestDrillJSONAndPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "drill.html")
	if err := os.WriteFile(path, bytes.Repeat([]byte("older"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := command(t, "drill", "--scenario=cut", "--outage=300ms", "--options=resilient", "--json", "--html", path)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	var r drill.Report
	dec := json.NewDecoder(&stdout)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatal(err)
	}
	if len(r.Scenarios) != 1 || !r.Scenarios[0].Runs[0].Survived || r.Options != "resilient" || r.Outage != 300 {
		t.Errorf("%+v", r)
	}
	page, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(page, []byte("The program came back from everything.")) || !bytes.HasSuffix(page, []byte("</html>\n")) {
		t.Errorf("%v, %d bytes", err, len(page))
	}
	if !strings.Contains(stderr.String(), "cut begins") || strings.Contains(stderr.String(), "\x1b") {
		t.Errorf("%q", stderr.String())
	}
}

// A program that doesn't come back in time is exit code 1, with the table. The default
// options notice a half-open connection after minutes.
func TestDrillTellsOfAProgramThatDidNotComeBack(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	cmd := command(t, "drill", "--scenario=half-open", "--outage=300ms", "--patience=1s", "--everywhere")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(stdout.String(), "never") ||
		!strings.HasSuffix(stderr.String(), "evernats: the program didn't come back from half-open; try --options resilient, or a longer --patience\n") {
		t.Errorf("exit code %d\nstdout: %s\nstderr: %s", cmd.ProcessState.ExitCode(), &stdout, &stderr)
	}
}

func TestInterruptEndsTheDrill(t *testing.T) {
	t.Parallel()
	cmd := command(t, "drill", "--scenario=latency,cut", "--outage=300ms")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "latency begins") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &said)
	}
	if !strings.Contains(stdout.String(), "Interrupted") || !strings.Contains(stdout.String(), "cut ") {
		t.Errorf("%s\n%s", &stdout, &said)
	}
}

// Servers and credentials come from a context of the nats command line.
func TestDrillByContext(t *testing.T) {
	t.Parallel()
	c := clustertest.Start(t, cluster.Config{Servers: 2, Config: "authorization { user: app, password: s3cret }"})
	dir := t.TempDir()
	contexts := filepath.Join(dir, "nats", "context")
	if err := os.MkdirAll(contexts, 0o700); err != nil {
		t.Fatal(err)
	}
	text := `{"url": "` + c.Server(0).URL() + `", "user": "app", "password": "s3cret"}`
	if err := os.WriteFile(filepath.Join(contexts, "staging.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "drill", "--context=staging", "--scenario=cut", "--outage=200ms", "--options=resilient", "--json")
	cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	var r drill.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || len(r.Servers) != 1 || r.Servers[0] != c.Server(0).URL() {
		t.Errorf("%v, %v", err, r.Servers)
	}
	if strings.Contains(stdout.String()+stderr.String(), "s3cret") {
		t.Error("the password is shown")
	}
}
