package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// natsContext is what is used of a context file of the nats command line.
type natsContext struct {
	URL         string `json:"url"`
	Token       string `json:"token"`
	User        string `json:"user"`
	Password    string `json:"password"`
	Creds       string `json:"creds"`
	Nkey        string `json:"nkey"`
	Cert        string `json:"cert"`
	Key         string `json:"key"`
	CA          string `json:"ca"`
	NSC         string `json:"nsc"`
	InboxPrefix string `json:"inbox_prefix"`
	UserJWT     string `json:"user_jwt"`
	SocksProxy  string `json:"socks_proxy"`
	TLSFirst    bool   `json:"tls_first"`
}

func contextFile(name string) (string, error) {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return "", errors.New("--context: a name, not a path")
	}
	dir := os.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "nats", "context", name+".json"), nil
}

// readContext fills in what the context says and the flags don't.
func (t *Target) readContext() error {
	path, err := contextFile(t.Context)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--context %s: there is no %s; nats context ls shows which there are", t.Context, path)
	}
	if err != nil {
		return err
	}
	var c natsContext
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("--context %s: %s isn't a context: its JSON can't be read", t.Context, path)
	}
	for what, value := range map[string]string{"nsc": c.NSC, "user_jwt": c.UserJWT, "socks_proxy": c.SocksProxy} {
		if value != "" {
			return fmt.Errorf("--context %s: %q isn't supported; use --server, with --creds for a JWT", t.Context, what)
		}
	}
	if c.URL == "" {
		c.URL = "nats://127.0.0.1:4222"
	}
	for s := range strings.SplitSeq(c.URL, ",") {
		t.Server = append(t.Server, strings.TrimSpace(s))
	}
	for _, f := range []struct {
		flag  *string
		value string
	}{{&t.Creds, c.Creds}, {&t.Nkey, c.Nkey}, {&t.Cert, c.Cert}, {&t.Key, c.Key}, {&t.CA, c.CA}} {
		if *f.flag == "" {
			*f.flag = expand(f.value)
		}
	}
	if t.User == "" && c.User != "" {
		t.User, t.Password = c.User, c.Password
	}
	t.token, t.InboxPrefix = c.Token, c.InboxPrefix
	t.TLSFirst = t.TLSFirst || c.TLSFirst
	name := t.Context
	t.Context = ""
	if err := t.check(); err != nil {
		return fmt.Errorf("--context %s: %w", name, err)
	}
	return nil
}

// expand writes out ~ and variables, as the nats command line does.
func expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	return os.ExpandEnv(path)
}
