package drill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContextsOfTheNatsCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("DRILL_TEST_DIR", dir)
	creds := filepath.Join(dir, "app.creds")
	if err := os.MkdirAll(filepath.Join(dir, "nats", "context"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		creds: "…",
		filepath.Join(dir, "nats", "context", "staging.json"): `{"description":"x","url":"nats://a:4222, tls://b:4222","creds":"$DRILL_TEST_DIR/app.creds","inbox_prefix":"_IN","tls_first":true}`,
		filepath.Join(dir, "nats", "context", "user.json"):    `{"url":"nats://a:4222","user":"app","password":"s3cret","token":""}`,
		filepath.Join(dir, "nats", "context", "token.json"):   `{"token":"s3cret"}`,
		filepath.Join(dir, "nats", "context", "nsc.json"):     `{"url":"nats://a:4222","nsc":"nsc://o/a/u"}`,
		filepath.Join(dir, "nats", "context", "broken.json"):  `s3cret`,
		filepath.Join(dir, "nats", "context", "gone.json"):    `{"url":"nats://a:4222","creds":"/nowhere/app.creds"}`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) (Target, error) {
		t := Target{Context: name}
		err := t.readContext()
		return t, err
	}
	if c, err := read("staging"); err != nil || c.urls() != "nats://a:4222,tls://b:4222" || c.Creds != creds || c.InboxPrefix != "_IN" || !c.TLSFirst || c.embedded() {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := read("user"); err != nil || c.programUser() != (user{name: "app", password: "s3cret"}) || c.hide("app s3cret") != "app xxxxx" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := read("token"); err != nil || c.programUser() != (user{token: "s3cret"}) || c.urls() != "nats://127.0.0.1:4222" {
		t.Errorf("%+v, %v", c, err)
	}
	for name, want := range map[string]string{
		"nsc": `"nsc" isn't supported`, "broken": "its JSON can't be read", "gone": "--creds", "none": "nats context ls", "../staging": "a name, not a path", "": "a name, not a path",
	} {
		if _, err := read(name); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoSecretIsShown(t *testing.T) {
	for _, target := range []Target{
		{Server: []string{"nats://app:s3cret@host:4222"}},
		{Server: []string{"nats://s3cret@host:4222"}},
		{Server: []string{"nats://host:4222"}, User: "app", Password: "s3cret"},
		{Server: []string{"nats://host:4222"}, token: "s3cret"},
	} {
		if got := strings.Join(target.shown(), ","); got != "nats://host:4222" {
			t.Errorf("%s", got)
		}
		if got := target.hide("refused: s3cret, app:s3cret"); strings.Contains(got, "s3cret") {
			t.Errorf("%s", got)
		}
	}
	bad := Target{Server: []string{"nats://host:4222", "nats://app:s3c%ret@host"}}
	if err := bad.check(); err == nil || strings.Contains(err.Error(), "ret") || !strings.Contains(err.Error(), "URL 2") {
		t.Errorf("%v", err)
	}
}
