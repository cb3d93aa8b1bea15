package drill

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
)

// Target says which servers, and how they let one in. The zero value is a cluster
// that the drill starts itself.
type Target struct {
	Server      []string `help:"URLs of your servers; without any, a cluster of three is started. Discovered ones are reached through the fault layer too." placeholder:"URL"`
	Context     string   `help:"Take servers and credentials from this context of the nats command line." placeholder:"NAME"`
	Creds       string   `help:"A credentials file: JWT and nkey seed." placeholder:"FILE"`
	User        string   `help:"The user." placeholder:"NAME"`
	Password    string   `help:"The user's password; better in the environment than in the shell's history." placeholder:"WORD" env:"NATS_PASSWORD"`
	Nkey        string   `help:"A file with an nkey's seed." placeholder:"FILE"`
	CA          string   `name:"tlsca" help:"The certificate authorities to trust." placeholder:"FILE"`
	Cert        string   `name:"tlscert" help:"The client's certificate." placeholder:"FILE"`
	Key         string   `name:"tlskey" help:"The key of the client's certificate." placeholder:"FILE"`
	TLSFirst    bool     `name:"tlsfirst" help:"TLS before anything else is said."`
	InboxPrefix string   `kong:"-"`

	token   string
	own     []user   // witness and program, on the cluster of our own
	witness []string // where the witness connects, if elsewhere
}

type user struct{ name, password, token, creds, nkey string }

func (t *Target) embedded() bool { return len(t.Server) == 0 && t.Context == "" }

// check finds what can't work. It never shows what may be a secret.
func (t *Target) check() error {
	given := 0
	for _, s := range []string{t.Creds, t.User, t.Nkey} {
		if s != "" {
			given++
		}
	}
	switch {
	case t.Context != "" && len(t.Server) > 0:
		return errors.New("--context and --server: give one of them")
	case t.embedded() && (given > 0 || t.CA != "" || t.Cert != "" || t.Key != "" || t.TLSFirst):
		return errors.New("credentials and TLS are for servers of yours: add --server URL or --context NAME")
	case given > 1:
		return errors.New("--creds, --user and --nkey: give one of them")
	case (t.Cert == "") != (t.Key == ""):
		return errors.New("--tlscert and --tlskey: give both or neither")
	}
	for i, s := range t.Server {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return fmt.Errorf("--server: URL %d isn't one such as nats://host:4222", i+1)
		}
	}
	for _, f := range []struct{ flag, path string }{
		{"--creds", t.Creds}, {"--nkey", t.Nkey}, {"--tlsca", t.CA}, {"--tlscert", t.Cert}, {"--tlskey", t.Key},
	} {
		if f.path == "" {
			continue
		}
		if _, err := os.Stat(f.path); err != nil {
			return fmt.Errorf("%s: %w", f.flag, err)
		}
	}
	return nil
}

func (t *Target) urls() string { return strings.Join(t.Server, ",") }

func (t *Target) programUser() user {
	if len(t.own) > 0 {
		return t.own[1]
	}
	u := user{name: t.User, token: t.token, creds: t.Creds, nkey: t.Nkey}
	if u.name != "" {
		u.password = t.Password
	}
	return u
}

func (t *Target) witnessUser() user {
	if len(t.own) > 0 {
		return t.own[0]
	}
	return t.programUser()
}

func (t *Target) forWitness() *Target {
	if len(t.witness) == 0 {
		return t
	}
	w := *t
	w.Server = t.witness
	return &w
}

// shown are the servers without whatever may be a secret in their URLs.
func (t *Target) shown() []string {
	var urls []string
	for _, s := range t.Server {
		u, err := url.Parse(s)
		if err != nil {
			continue
		}
		urls = append(urls, u.Scheme+"://"+u.Host)
	}
	return urls
}

// secrets are the texts that must not be shown, longest first.
func (t *Target) secrets() []string {
	secrets := []string{t.Password, t.token}
	for _, o := range t.own {
		secrets = append(secrets, o.password)
	}
	for _, s := range t.Server {
		if u, err := url.Parse(s); err == nil && u.User != nil {
			password, _ := u.User.Password()
			secrets = append(secrets, u.User.String(), password)
			if password == "" {
				secrets = append(secrets, u.User.Username())
			}
		}
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return s == "" })
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

// hide takes the secrets out of a text.
func (t *Target) hide(text string) string {
	for _, s := range t.secrets() {
		text = strings.ReplaceAll(text, s, "xxxxx")
	}
	return text
}
