package auth

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// readSecretFile reads a file whose contents must not stay in memory longer than
// needed: the caller wipes them.
func readSecretFile(path string) ([]byte, error) {
	full, err := expandPath(path)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(full)
	if err != nil {
		return nil, fmt.Errorf("nats: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, fmt.Errorf("nats: credentials: file %q is empty", full)
	}
	return b, nil
}

// expandPath replaces environment variables, and ~ at the start by the home
// directory.
func expandPath(p string) (string, error) {
	p = os.ExpandEnv(p)
	if p != "~" && !strings.HasPrefix(p, "~/") && !strings.HasPrefix(p, `~\`) {
		return p, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("nats: credentials file %q: %w", p, err)
	}
	return filepath.Join(home, p[1:]), nil
}

// wipe overwrites a secret.
func wipe(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}
