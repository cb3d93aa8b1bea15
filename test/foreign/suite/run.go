package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// result is what became of a package's tests.
type result struct {
	tests  int // top-level ones
	failed []string
}

// test runs a package. Those that fail are run again by themselves, once: a busy machine fails
// some with either library.
func test(ctx context.Context, dir, name, run string, verbose bool) (r result, err error) {
	if r, err = testOnce(ctx, dir, name, run, verbose); err != nil || len(r.failed) == 0 {
		return r, err
	}
	var tops []string
	for _, f := range r.failed {
		top, _, _ := strings.Cut(f, "/")
		if !slices.Contains(tops, "^"+top+"$") {
			tops = append(tops, "^"+top+"$")
		}
	}
	again, err := testOnce(ctx, dir, name, strings.Join(tops, "|"), verbose)
	if err != nil {
		return r, err
	}
	r.failed = again.failed
	return r, nil
}

func testOnce(ctx context.Context, dir, name, run string, verbose bool) (r result, err error) {
	c := command(ctx, dir, "test", "-json", "-vet=off", "-timeout", "40m", "-run", run, "./"+name)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		return r, err
	}
	if err := c.Start(); err != nil {
		return r, err
	}
	var said []string
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		switch {
		case e.Action == "output":
			if verbose {
				fmt.Print(e.Output)
			}
			said = append(said, e.Output)
		case e.Test == "":
		case e.Action == "fail":
			r.failed = append(r.failed, e.Test)
			fallthrough
		case e.Action == "pass":
			if !strings.Contains(e.Test, "/") {
				r.tests++
			}
		}
	}
	err = c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(r.failed) > 0 {
		err = nil
	}
	if err != nil {
		return r, fmt.Errorf("%w\n%s", err, strings.Join(said[max(0, len(said)-20):], ""))
	}
	if panicked := slices.IndexFunc(said, func(s string) bool { return strings.HasPrefix(s, "panic: ") }); panicked >= 0 {
		return r, fmt.Errorf("it didn't come to its end:\n%s", strings.Join(said[panicked:min(panicked+20, len(said))], ""))
	}
	return r, nil
}

// leaves are the failed tests without those that failed only by what is within them.
func leaves(failed []string) []string {
	return slices.DeleteFunc(slices.Clone(failed), func(name string) bool {
		return slices.ContainsFunc(failed, func(other string) bool { return strings.HasPrefix(other, name+"/") })
	})
}

//go:embed expected.txt
var expectedText string

// expected says of tests why they fail.
type expected map[string]string

// readExpected reads "name: why" lines.
func readExpected() (expected, error) {
	e := expected{}
	for line := range strings.Lines(expectedText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, why, ok := strings.Cut(line, ": ")
		if !ok || e[name] != "" {
			return nil, fmt.Errorf("expected.txt: %q isn't a test and a reason, or the test is there twice", line)
		}
		e[name] = why
	}
	return e, nil
}

// why explains a test, or the one that it is part of.
func (e expected) why(name string) (string, bool) {
	for {
		if why, ok := e[name]; ok {
			return why, true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return "", false
		}
		name = name[:i]
	}
}
