package nats

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"github.com/evernats/nats/internal/auth"
)

const someJWT = "eyJ0eXAiOiJKV1QifQ.e30.c2ln"

func userKey(t *testing.T) (seed, pub string) {
	t.Helper()
	kp, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	s, err := kp.Seed()
	if err != nil {
		t.Fatal(err)
	}
	pub, err = kp.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return string(s), pub
}

func jwtBlock(jwt string) string {
	return "-----BEGIN NATS USER JWT-----\n" + jwt + "\n------END NATS USER JWT------\n\n"
}

func seedBlock(seed string) string {
	return "-----BEGIN USER NKEY SEED-----\n" + seed + "\n------END USER NKEY SEED------\n"
}

func verifySignature(t *testing.T, pub string, sign SignatureHandler) {
	t.Helper()
	// More than once: wiping must not spoil what is needed again.
	for range 2 {
		nonce := []byte("nonce")
		sig, err := sign(nonce)
		if err != nil {
			t.Fatal(err)
		}
		kp, err := nkeys.FromPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		if err := kp.Verify(nonce, sig); err != nil {
			t.Error(err)
		}
	}
}

func TestUserCredentialsOptions(t *testing.T) {
	seed, pub := userKey(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		writeFile(t, p, []byte(content))
		return p
	}
	both := jwtBlock(someJWT) + seedBlock(seed)
	chained := file("chained.creds", both)
	jwtFile, seedFile := file("user.jwt", someJWT+"\n"), file("user.nk", seed+"\n")
	for name, opt := range map[string]Option{
		"one file":      UserCredentials(chained),
		"two files":     UserCredentials(jwtFile, seedFile),
		"bytes":         UserCredentialBytes([]byte(both)),
		"bytes and key": UserCredentialBytes([]byte(someJWT), []byte(seed)),
		"strings":       UserJWTAndSeed(someJWT, seed),
	} {
		t.Run(name, func(t *testing.T) {
			var o Options
			if err := opt(&o); err != nil {
				t.Fatal(err)
			}
			if jwt, err := o.UserJWT(); err != nil || jwt != someJWT {
				t.Errorf("JWT %q, %v", jwt, err)
			}
			verifySignature(t, pub, o.SignatureCB)
		})
	}
}

func TestOptionsRefuseBadCredentials(t *testing.T) {
	seed, _ := userKey(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		writeFile(t, p, []byte(content))
		return p
	}
	missing := filepath.Join(dir, "missing.creds")
	jwtOnly := file("jwtonly.creds", jwtBlock(someJWT))
	for _, c := range []struct {
		name string
		opt  Option
		says string
	}{
		{"missing file", UserCredentials(missing), missing},
		{"no file name", UserCredentials(""), "no such file"},
		{"no key", UserCredentials(jwtOnly), "nkey seed"},
		{"bytes without key", UserCredentialBytes([]byte(someJWT)), "nkey seed"},
		{"no JWT", UserJWTAndSeed("", seed), "JWT"},
		{"bad seed", UserJWTAndSeed(someJWT, seed+"x"), "seed"},
	} {
		var o Options
		err := c.opt(&o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want an error that says %q", c.name, err, c.says)
			continue
		}
		if strings.Contains(err.Error(), seed[4:20]) || strings.Contains(err.Error(), someJWT) {
			t.Errorf("%s: the error shows a secret: %v", c.name, err)
		}
		if o.UserJWT != nil || o.SignatureCB != nil {
			t.Errorf("%s: options were changed", c.name)
		}
	}
}

func TestNkeyOptionFromSeed(t *testing.T) {
	seed, pub := userKey(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "user.nk")
	for name, content := range map[string]string{"bare": seed, "decorated": seedBlock(seed)} {
		writeFile(t, path, []byte(content))
		opt, err := NkeyOptionFromSeed(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var o Options
		if err := opt(&o); err != nil || o.Nkey != pub {
			t.Errorf("%s: nkey %q, %v", name, o.Nkey, err)
		}
		verifySignature(t, pub, o.SignatureCB)
	}

	writeFile(t, path, []byte("junk"))
	if _, err := NkeyOptionFromSeed(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("junk: %v; want an error that names the file", err)
	}
	if _, err := NkeyOptionFromSeed(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

// The room's faults are the errors that programs compare, and marked as the program's
// own: no other server would do.
func TestMissingCredentialsAreTheProgramsFault(t *testing.T) {
	mine := errors.New("mine")
	for _, c := range []struct {
		fault auth.Fault
		want  error
		bare  string
	}{
		{auth.NoJWT, mine, "mine"},
		{auth.NotSigned, mine, "error signing nonce: mine"},
		{auth.JWTUnsigned, ErrUserButNoSigCB, ErrUserButNoSigCB.Error()},
		{auth.NkeyUnsigned, ErrNkeyButNoSigCB, ErrNkeyButNoSigCB.Error()},
		{auth.NoNonce, ErrNkeysNotSupported, ErrNkeysNotSupported.Error()},
	} {
		e := &auth.Error{Fault: c.fault}
		if c.want == mine {
			e.Err = mine
		}
		err := ofAuth(e)
		var own *ownErr
		if !errors.Is(err, c.want) || !errors.As(err, &own) || plain(err).Error() != c.bare {
			t.Errorf("%v: %v, bare %v", e, err, plain(err))
		}
		if c.want != mine && plain(err) != c.want {
			t.Errorf("%v: bare it isn't %v itself", e, c.want)
		}
		if c.want == mine && err.Error() != e.Error() {
			t.Errorf("%v: in full %v", e, err)
		}
	}
	if ofAuth(nil) != nil || ofAuth(mine) != mine {
		t.Error("what is no fault of credentials becomes one")
	}
}
