package foreign

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evernats/nats/cmd/evernats/cluster"
)

const (
	// limit bounds each test, with the builds of a cold cache.
	limit = 4 * time.Minute

	natsgoFile = "evernats.mod"
)

func TestMain(m *testing.M) {
	cluster.RunChildIfAsked()
	os.Exit(m.Run())
}

// command is the go command in this module, outside of the workspace: there one
// nats.go holds for all.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	return cmd
}

// build builds the player with the given go.mod.
func build(t *testing.T, modfile string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "player.exe")
	if out, err := command(t, "build", "-modfile="+modfile, "-o", exe, "./player").CombinedOutput(); err != nil {
		t.Fatalf("build with %s: %v\n%s", modfile, err, out)
	}
	return exe
}

// Four libraries do the same with this client as with nats.go, before a server is
// killed, while it is away, when it is back, and when the connection is closed.
func TestLibrariesDoTheSameThroughAKill(t *testing.T) {
	var printed [2][]string
	for i, with := range []struct{ modfile, client string }{
		{"go.mod", "github.com/nats-io/nats.go"},
		{natsgoFile, "github.com/evernats/nats"},
	} {
		lines, client := play(t, build(t, with.modfile))
		if client != with.client {
			t.Fatalf("the player that was built with %s runs on %s", with.modfile, client)
		}
		printed[i] = lines
	}
	want, got := printed[0], printed[1]
	if !slices.Equal(want, got) {
		t.Errorf("with nats.go:\n%s\n\nwith natsgo:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	for _, line := range []string{
		"natscontext connected: the story CONNECTED true",
		"go-kit [2 3] 5 <nil>",
		"go-kit nobody: true nats: no responders available for request",
		`natsext count: ["0 here count" "1 here count" "2 here count"]`,
		`natsext pieces: [" first" " second"]`,
		"ntf info: io.nats.micro.v1.info_response test-management 0.0.1  22 map[]",
		"ntf stats: list 2 0 ", // before the kill, and after it
		"ntf stats: destroy 2 2 404:Instance not found",
		"encoded json encoded true [7 9] 9 <nil> <nil>",
		"disconnected",
		"reconnected CONNECTED true",
		"arrived: kept",
		"ntf close: <nil>",
		"ntf PING true nats: no responders available for request",
		"drain: <nil>",
		"natscontext without a server: true nats: no servers available for connection",
	} {
		if !slices.Contains(got, line) {
			t.Errorf("the player doesn't print %q", line)
		}
	}
	if n := count(got, "go-kit [2 3] 5 <nil>"); n != 2 {
		t.Errorf("go-kit answered %d times, want once before the kill and once after it", n)
	}
}

func count(lines []string, line string) (n int) {
	for _, l := range lines {
		if l == line {
			n++
		}
	}
	return n
}

// play leads a player through the story. It returns what it printed, and which
// client it says it runs on.
func play(t *testing.T, exe string) (lines []string, client string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c, err := cluster.Start(ctx, cluster.Config{Servers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := c.Server(0)

	cmd := exec.CommandContext(ctx, exe, s.URL())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func() error
	}{
		{"down", s.Kill},
		{"up", func() error { return s.Restart(ctx) }},
		{"end", s.Kill},
	}
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		line := scanner.Text()
		lines = append(lines, line)
		if line != "--" || len(steps) == 0 {
			continue
		}
		if err := steps[0].do(); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(in, steps[0].name); err != nil {
			t.Fatal(err)
		}
		steps = steps[1:]
	}
	err = cmd.Wait()
	client, rest, _ := strings.Cut(stderr.String(), "\n")
	if err != nil || rest != "" || len(steps) > 0 {
		t.Fatalf("%v, %d steps left; %s%s\n%s", err, len(steps), client, rest, strings.Join(lines, "\n"))
	}
	return lines, client
}

// What isn't there says so when it is used: names by the compiler's "undefined",
// packages by the name under which they are imported.
func TestWhatIsMissingIsSaidByTheCompiler(t *testing.T) {
	for _, tc := range []struct {
		dir  string
		want []string
	}{
		{"absent", []string{"bench_is_not_in_evernats"}},
		{"missing", []string{"undefined: nats.OP_START"}},
	} {
		t.Run(tc.dir, func(t *testing.T) {
			dir := "./testdata/" + tc.dir
			if out, err := command(t, "vet", dir).CombinedOutput(); err != nil {
				t.Fatalf("with nats.go: %v\n%s", err, out)
			}
			out, err := command(t, "vet", "-modfile="+natsgoFile, dir).CombinedOutput()
			if err == nil {
				t.Fatal("it builds")
			}
			// Vet shows the first mistake of a package; the compiler shows them all.
			out, err = command(t, "build", "-modfile="+natsgoFile, "-o", os.DevNull, dir).CombinedOutput()
			if err == nil {
				t.Fatal("it builds")
			}
			for _, want := range tc.want {
				if !bytes.Contains(out, []byte(want)) {
					t.Errorf("the compiler doesn't say %q:\n%s", want, out)
				}
			}
		})
	}
}

// Both builds have all that go mod tidy wants. It looks at the tests of what is
// built, too: nats-server's, which this module's tests take in, import JetStream.
func TestModFilesAreTidy(t *testing.T) {
	for _, modfile := range []string{"go.mod", natsgoFile} {
		if out, err := command(t, "mod", "tidy", "-diff", "-modfile="+modfile).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", modfile, err, out)
		}
	}
	ours, theirs := read(t, natsgoFile), read(t, "go.mod")
	if !strings.Contains(ours, "\nreplace github.com/nats-io/nats.go => ../../natsgo\n") || strings.Contains(theirs, "natsgo") {
		t.Error("it is no longer the one replace line that makes the difference")
	}
}

// The example runs by the one command that it names, from a fresh clone.
func TestTheExampleRuns(t *testing.T) {
	dir := filepath.Join("..", "..", "examples", "library")
	const (
		answered = "natsext got 3 answers\n"
		want     = "natscontext's connection notices a dead server within 10s\n" + answered +
			"killed the server, and brought it back\n" + answered
	)
	for _, args := range [][]string{{"vet", "./..."}, {"mod", "tidy", "-diff"}, {"run", "."}} {
		cmd := command(t, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=") // it is a workspace of its own
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		if args[0] == "run" && string(out) != want {
			t.Errorf("it prints\n%s", out)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
