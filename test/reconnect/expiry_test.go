package reconnect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/evernats/nats"
	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// keys makes a pair of keys.
func keys(t *testing.T, create func() (nkeys.KeyPair, error)) (kp nkeys.KeyPair, public string) {
	t.Helper()
	kp, err := create()
	must(t, err)
	public, err = kp.PublicKey()
	must(t, err)
	return kp, public
}

// issuer is a server's configuration with an operator and one account, and a
// function that makes the text of a credentials file for a user of that account.
func issuer(t *testing.T) (config string, creds func(expires time.Time) []byte) {
	t.Helper()
	operator, operatorID := keys(t, nkeys.CreateOperator)
	account, accountID := keys(t, nkeys.CreateAccount)
	user, userID := keys(t, nkeys.CreateUser)
	operatorJWT, err := jwt.NewOperatorClaims(operatorID).Encode(operator)
	must(t, err)
	accountJWT, err := jwt.NewAccountClaims(accountID).Encode(operator)
	must(t, err)
	seed, err := user.Seed()
	must(t, err)
	config = fmt.Sprintf("operator: %s\nresolver: MEMORY\nresolver_preload: { %s: %s }\n", operatorJWT, accountID, accountJWT)
	return config, func(expires time.Time) []byte {
		claims := jwt.NewUserClaims(userID)
		claims.Expires = expires.Unix()
		token, err := claims.Encode(account)
		must(t, err)
		text, err := jwt.FormatUserConfig(token, seed)
		must(t, err)
		return text
	}
}

// Credentials expire for a whole fleet at once, and whoever renews the file does so
// a moment later, as a sidecar does: each client loses its connection once, finds
// the new ones, and none is closed.
func TestCredentialsThatAreRenewedAfterTheyExpire(t *testing.T) {
	t.Parallel()
	const clients, wait, renewal = 200, 2 * time.Second, 500 * time.Millisecond
	config, creds := issuer(t)
	c := standalone(t, 1, config)
	file := filepath.Join(t.TempDir(), "user.creds")
	write := func(text []byte) {
		if err := os.WriteFile(file+".new", text, 0o600); err != nil {
			t.Error(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Error(err)
		}
	}
	write(creds(time.Now().Add(12 * time.Second))) // all connect before that on a busy machine, too
	renewed := creds(time.Now().Add(time.Hour))

	d := newDiary()
	for range clients {
		connect(t, c.Server(0).URL(), d.options(nats.UserCredentials(file), nats.ReconnectWait(wait), nats.MaxReconnects(-1))...)
	}
	d.wait(t, "disconnected", 1)
	sidecar := time.AfterFunc(renewal, func() { write(renewed) })
	defer sidecar.Stop()
	d.wait(t, "reconnected", clients)
	if n := len(d.of("disconnected")); n != clients {
		t.Errorf("%d disconnects of %d clients", n, clients)
	}
	if n := len(d.of("closed")); n != 0 {
		t.Errorf("%d clients are closed for good", n)
	}
}
