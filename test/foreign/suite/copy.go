package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	theirs = "github.com/nats-io/nats.go"
	ours   = "github.com/evernats/nats"
)

// sources are where the packages of tests are in nats.go's module.
var sources = map[string]string{"core": "test", "js": "jetstream/test", "micro": "micro/test"}

// moduleFile is for the copies. What it doesn't name go finds by itself.
const moduleFile = `module suite

go 1.26.0

require (
	github.com/evernats/nats v0.1.0
	github.com/nats-io/nats.go %s
	github.com/synadia-io/orbit.go/ntf v0.0.2
	github.com/synadia-io/orbit.go/ntf-client v0.0.3
)

replace github.com/evernats/nats => %s
`

// waiting is what the tests' servers offer for nats.go's connections alone.
const waiting = `
import (
	"testing"
	"time"

	"github.com/evernats/nats"
)

func waitForJetStream(t testing.TB, nc *nats.Conn) {
	t.Helper()
	js, err := nc.JetStream(nats.MaxWait(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if _, err = js.AccountInfo(); err == nil {
			return
		}
	}
	t.Fatalf("JetStream isn't there: %v", err)
}
`

var (
	waits       = regexp.MustCompile(`\b\w+\.WaitForJetStream\(t, `)
	packageLine = regexp.MustCompile(`(?m)^package \w+$`)
)

// copyAll makes a module of nats.go's tests for this library.
func copyAll(ctx context.Context, dir string) error {
	from, err := moduleDir(ctx, theirs)
	if err != nil {
		return err
	}
	to, err := moduleDir(ctx, ours)
	if err != nil {
		return err
	}
	for name, source := range sources {
		if err := copyTree(filepath.Join(dir, name), filepath.Join(from, source)); err != nil {
			return err
		}
		if err := addWaiting(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	// The encoder for protocol buffers, which isn't here, registers itself.
	if err := copyTree(filepath.Join(dir, "protobuf"), filepath.Join(from, "encoders/protobuf")); err != nil {
		return err
	}
	version, _ := strings.CutPrefix(filepath.Base(from), "nats.go@")
	mod := fmt.Sprintf(moduleFile, version, to)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		return err
	}
	out, err := command(ctx, dir, "mod", "tidy").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go mod tidy: %w\n%s", err, out)
	}
	return nil
}

func moduleDir(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		return "", fmt.Errorf("where %s is: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// command is go in the copies' module, whatever workspace surrounds this one.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "TESTER_NATS_URL=")
	return c
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".go") {
			b = changed(b)
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o600)
	})
}

// changed imports this library in place of the other, and what has to come along.
func changed(b []byte) []byte {
	text := strings.NewReplacer(
		`"`+theirs+`/encoders/protobuf`, `"suite/protobuf`,
		`"`+theirs, `"`+ours,
	).Replace(string(b))
	return waits.ReplaceAll([]byte(text), []byte("waitForJetStream(t, "))
}

func addWaiting(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no tests in %s: %w", dir, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	text := string(packageLine.Find(b)) + "\n" + waiting
	return os.WriteFile(filepath.Join(dir, "waiting_test.go"), []byte(text), 0o600)
}
