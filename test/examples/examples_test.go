package examples

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// imports are what the examples import of the library: of ours, and of nats.go.
var imports = [][2]string{
	{`"github.com/evernats/nats"`, `"github.com/nats-io/nats.go"`},
	{`"github.com/evernats/nats/jetstream"`, `"github.com/nats-io/nats.go/jetstream"`},
	{`"github.com/evernats/nats/micro"`, `"github.com/nats-io/nats.go/micro"`},
}

const (
	// limit is how long anything here may take, a build with a cold cache
	// included.
	limit = 4 * time.Minute
)

// TestTour compares what the tour prints with the one library and the other.
func TestTour(t *testing.T) {
	tour := build(t, "tour")
	url := startServer(t)
	want, err := tour.reference(t, "-url", url).CombinedOutput()
	if err != nil {
		t.Fatalf("with nats.go: %v\n%s", err, want)
	}
	got, err := tour.ours(t, "-url", url).CombinedOutput()
	if err != nil {
		t.Fatalf("with evernats: %v\n%s", err, got)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("with evernats the tour prints\n%s\nand with nats.go\n%s", got, want)
	}
	for _, line := range []string{
		"news.sport: nil all", "hello world", "contents from the tour",
		"disconnected: <nil>", "status: CONNECTED", "status: CLOSED",
	} {
		if !bytes.Contains(got, []byte(line+"\n")) {
			t.Errorf("the tour doesn't print %q", line)
		}
	}
}

// TestServices lets a worker do the jobs of a publisher and of a requester, in
// all four mixtures of the libraries: they are the same on the wire too.
func TestServices(t *testing.T) {
	worker, publisher, requester := build(t, "worker"), build(t, "publisher"), build(t, "requester")
	want := strings.Join([]string{
		"worker: ready",
		"publisher: published 2 to jobs",
		"requester: TEA",
		"worker: job 1: pots",
		"worker: job 2: pots",
		"worker: job 3: tea",
		"later: nobody serves jobs",
	}, "\n")
	for _, mix := range []struct {
		name             string
		served, consumed func(program) func(*testing.T, ...string) *exec.Cmd
	}{
		{"nats.go alone", ofReference, ofReference},
		{"evernats alone", ofOurs, ofOurs},
		{"evernats serves nats.go", ofOurs, ofReference},
		{"nats.go serves evernats", ofReference, ofOurs},
	} {
		t.Run(mix.name, func(t *testing.T) {
			url := startServer(t)
			var story []string
			tell := func(who string, out []byte) {
				for line := range strings.Lines(string(out)) {
					story = append(story, who+": "+strings.TrimSpace(line))
				}
			}
			w := mix.served(worker)(t, "-url", url, "-subject", "jobs", "-jobs", "3")
			out, err := w.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			ready, err := lines.ReadBytes('\n')
			if err != nil {
				t.Fatalf("the worker ended early: %v", w.Wait())
			}
			tell("worker", ready)

			pub, err := mix.consumed(publisher)(t, "-url", url, "-subject", "jobs", "-count", "2", "pots").CombinedOutput()
			if err != nil {
				t.Fatalf("publisher: %v\n%s", err, pub)
			}
			tell("publisher", pub)
			// Four minutes: the bound is the test's, not the example's.
			req, err := mix.consumed(requester)(t, "-url", url, "-subject", "jobs", "-timeout", "4m", "tea").CombinedOutput()
			if err != nil {
				t.Fatalf("requester: %v\n%s", err, req)
			}
			tell("requester", req)

			var rest bytes.Buffer
			if _, err := rest.ReadFrom(lines); err != nil {
				t.Fatal(err)
			}
			if err := w.Wait(); err != nil {
				t.Fatalf("worker: %v", err)
			}
			tell("worker", rest.Bytes())

			late, err := mix.consumed(requester)(t, "-url", url, "-subject", "jobs", "more tea").CombinedOutput()
			if err == nil {
				t.Error("a request that nobody serves ends with exit code 0")
			}
			tell("later", late)
			if got := strings.Join(story, "\n"); got != want {
				t.Errorf("got\n%s\n\nwant\n%s", got, want)
			}
		})
	}
}

// TestMicroService lets requesters ask two instances of a service, one with each
// library, and one of them who is there.
func TestMicroService(t *testing.T) {
	service, requester := build(t, "service"), build(t, "requester")
	var stories []string
	for _, libraries := range [][2]func(program) func(*testing.T, ...string) *exec.Cmd{
		{ofReference, ofReference}, {ofOurs, ofOurs}, {ofOurs, ofReference}, {ofReference, ofOurs},
	} {
		url := startServer(t)
		var story []string
		var out [2]*bufio.Reader
		var running [2]*exec.Cmd
		for i, name := range []string{"one", "two"} {
			c := libraries[i](service)(t, "-url", url, "-name", name, "-requests", "3")
			pipe, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			running[i], out[i] = c, bufio.NewReader(pipe)
			if ready, err := out[i].ReadString('\n'); err != nil || ready != "ready\n" {
				t.Fatalf("the service begins with %q: %v", ready, err)
			}
		}
		ask := func(subject, data string) {
			answer, err := libraries[1](requester)(t, "-url", url, "-subject", subject, "-timeout", "4m", data).CombinedOutput()
			if err != nil {
				t.Fatalf("requester: %v\n%s", err, answer)
			}
			story = append(story, subject+": "+strings.TrimSpace(string(instance.ReplaceAll(answer, []byte(`"id":"#"`)))))
		}
		for _, name := range []string{"one", "two"} {
			ask("$SRV.PING."+name, "")
			ask("$SRV.INFO."+name, "")
			ask(name+".upper", "tea")
			ask(name+".upper", "")
			ask(name+".length", "tea")
		}
		for i, c := range running {
			rest, err := io.ReadAll(out[i])
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Wait(); err != nil {
				t.Fatalf("service: %v", err)
			}
			story = append(story, string(rest))
		}
		stories = append(stories, strings.Join(story, "\n"))
	}
	for _, story := range stories[1:] {
		if story != stories[0] {
			t.Errorf("got\n%s\n\nand with nats.go alone\n%s", story, stories[0])
		}
	}
	for _, line := range []string{"one.upper: TEA", "two.length: {\"bytes\":3}", "one.upper \"tea\"", "stopped"} {
		if !strings.Contains(stories[0], line+"\n") {
			t.Errorf("there is no line %q in\n%s", line, stories[0])
		}
	}
}

var instance = regexp.MustCompile(`"id":"[0-9A-Za-z]{22}"`)

// program is one example, built twice from the same source.
type program struct{ oursPath, referencePath string }

func (p program) ours(t *testing.T, args ...string) *exec.Cmd {
	return command(t, p.oursPath, args...)
}

func (p program) reference(t *testing.T, args ...string) *exec.Cmd {
	return command(t, p.referencePath, args...)
}

func ofOurs(p program) func(*testing.T, ...string) *exec.Cmd      { return p.ours }
func ofReference(p program) func(*testing.T, ...string) *exec.Cmd { return p.reference }

// build compiles an example as it is, and again with its import line changed
// and nothing else.
func build(t *testing.T, name string) program {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "examples", name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	changed, lines := source, 0
	for _, line := range imports {
		n := bytes.Count(source, []byte(line[0]))
		if n > 1 {
			t.Fatalf("%s imports %s %d times", name, line[0], n)
		}
		lines += n
		changed = bytes.Replace(changed, []byte(line[0]), []byte(line[1]), 1)
	}
	if n := bytes.Count(source, []byte("evernats")); n != lines || n == 0 {
		t.Fatalf("%s names this library %d times, and imports it %d times: it can't be for nats.go too", name, n, lines)
	}
	return program{
		oursPath:      compile(t, name+"-evernats", source),
		referencePath: compile(t, name+"-natsgo", changed),
	}
}

// compile builds a program of this module from a source that isn't in it.
func compile(t *testing.T, name string, source []byte) string {
	t.Helper()
	dir := t.TempDir()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "main.go")
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(here, name, "main.go"): file},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	for path, text := range map[string][]byte{file: source, list: overlay} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	if out, err := command(t, "go", "build", "-overlay", list, "-o", exe, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("%s doesn't build: %v\n%s", name, err, out)
	}
	return exe
}

// command is a process that doesn't outlive the test.
func command(t *testing.T, path string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, path, args...)
}

func startServer(t *testing.T) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(limit) {
		t.Fatal("the server didn't start")
	}
	return s.ClientURL()
}
