package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evernats/nats"
)

// verbs are the commands.
var verbs = []string{"check", "completion", "demo", "drill", "storm"}

func TestVersion(t *testing.T) {
	t.Parallel()
	out, err := command(t, "--version").Output()
	if err != nil || !strings.HasPrefix(string(out), "evernats "+nats.Version+" (go1.") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %q", err, out)
	}
}

// Each command's help has examples, each of which the parser takes, and says what
// the exit codes mean.
func TestEachCommandsHelpHasExamplesAndExitCodes(t *testing.T) {
	t.Parallel()
	for _, verb := range verbs {
		out, err := command(t, verb, "--help").Output()
		text := string(out)
		if err != nil || !strings.Contains(text, "The exit code is 0") {
			t.Errorf("%s: %v, no exit codes in\n%s", verb, err, text)
		}
		_, examples, _ := strings.Cut(text, "Examples:")
		if strings.Count(examples, "    evernats "+verb) < 3 && verb != "completion" {
			t.Errorf("%s: no examples in\n%s", verb, text)
		}
		for line := range strings.Lines(examples) {
			args, ok := strings.CutPrefix(line, "    evernats ")
			if !ok {
				continue
			}
			args, _, _ = strings.Cut(strings.TrimSpace(args), "  ") // what it does stands behind
			args, _, _ = strings.Cut(args, " > ")
			args = strings.Replace(args, "../other", ".", 1) // a module of the reader's
			// The help is asked for in addition: nothing runs, and a flag that doesn't
			// exist is refused before.
			if out, err := command(t, append(strings.Fields(args), "--help")...).CombinedOutput(); err != nil {
				t.Errorf("the example %q: %v\n%s", args, err, out)
			}
		}
	}
	out, err := command(t, "--help").Output()
	if err != nil || !strings.Contains(string(out), "Exit codes: 0") || !strings.Contains(string(out), "NO_COLOR") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What is wrong with a command line is one line, which says where to look.
func TestABadCommandLineIsOneLine(t *testing.T) {
	for line, end := range map[string]string{
		"":                "; see evernats --help\n",
		"dmo":             "; see evernats --help\n",
		"demo --rate 0":   "; see evernats demo --help\n",
		"storm --wait=x":  "; see evernats storm --help\n",
		"check --what":    "; see evernats check --help\n",
		"drill --rate 3":  "; see evernats drill --help\n",
		"completion tcsh": "; see evernats completion --help\n",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			cmd := command(t, strings.Fields(line)...)
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			said := stderr.String()
			if cmd.ProcessState.ExitCode() != exitUsage || stdout.Len() > 0 || strings.Count(said, "\n") != 1 ||
				!strings.HasPrefix(said, "evernats: ") || !strings.HasSuffix(said, end) {
				t.Errorf("exit code %d\nstdout: %s\nstderr: %s", cmd.ProcessState.ExitCode(), &stdout, said)
			}
		})
	}
}

// The scripts are tried by the shells themselves, those that are installed; what
// bash and fish answer is looked at.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		script, err := command(t, "completion", shell).Output()
		if err != nil {
			t.Fatalf("%s: %v", shell, err)
		}
		for _, verb := range verbs {
			if !bytes.Contains(script, []byte(verb)) {
				t.Errorf("%s: the script doesn't know %s", shell, verb)
			}
		}
		path, err := exec.LookPath(shell)
		if err != nil {
			t.Logf("%s isn't installed", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(file, script, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(path, "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%s can't read its script: %v\n%s", shell, err, out)
		}
		switch shell {
		case "bash":
			tryBash(t, path, file)
		case "fish":
			out, err := exec.Command(path, "--no-config", "-c", "source "+file+"; complete -C 'evernats demo --dur'").CombinedOutput()
			if err != nil || !bytes.HasPrefix(out, []byte("--duration")) {
				t.Errorf("fish: %v, %q", err, out)
			}
		}
	}
}

func tryBash(t *testing.T, bash, script string) {
	for line, want := range map[string]string{
		"evernats d":                         "demo drill",
		"evernats drill --scenario=black":    "black-hole",
		"evernats drill --options r":         "resilient",
		"evernats demo --dur":                "--duration",
		"evernats demo --jet":                "--jetstream",
		"evernats demo --no-at":              "--no-at-least-once",
		"evernats storm --html x --compare-": "--compare-racing",
		"evernats storm --scenario ki":       "kick",
		"evernats completion z":              "zsh",
		"evernats --vers":                    "--version",
	} {
		words := strings.Split(strings.ReplaceAll(line, "=", " = "), " ") // as bash does
		quoted := "'" + strings.Join(words, "' '") + "'"
		run := "source " + script + `; COMP_WORDS=(` + quoted + `); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _evernats; echo "${COMPREPLY[@]}"`
		out, err := exec.Command(bash, "-c", run).CombinedOutput()
		if err != nil || !strings.Contains(" "+strings.TrimSpace(string(out))+" ", " "+want+" ") {
			t.Errorf("%s: %q, want %s (%v)", line, out, want, err)
		}
	}
}

// No control character goes to what isn't a terminal.
func TestNoColourInAPipe(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"--help", "dmo", "storm --help", "drill --rate 0"} {
		out, _ := command(t, strings.Fields(line)...).CombinedOutput()
		if bytes.ContainsRune(out, '\x1b') {
			t.Errorf("%s: %q", line, out)
		}
	}
}
