package main

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestCheckExitCodes(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]int{"clean": 0, "compare": 1, "absent": 1, "broken": 2} {
		cmd := command(t, "check", "-C", filepath.Join("check", "testdata", "programs"), "./"+program)
		cmd.Env = append(cmd.Env, "GOWORK=off")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit code %d, want %d\n%s%s", program, got, want, out, &stderr)
		}
		if (stderr.Len() > 0) != (want > 0) {
			t.Errorf("%s: on standard error: %q", program, &stderr)
		}
	}
}
