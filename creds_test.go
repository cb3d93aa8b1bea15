package nats

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"
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

func TestUserCredentialsInAllForms(t *testing.T) {
	seed, pub := userKey(t)
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("CREDS", dir)
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		writeFile(t, p, []byte(content))
		return p
	}
	both := jwtBlock(someJWT) + seedBlock(seed)
	chained := file("chained.creds", both)
	jwtFile, seedFile := file("user.jwt", someJWT+"\n"), file("user.nk", seed+"\n")
	for name, opt := range map[string]Option{
		"one file":              UserCredentials(chained),
		"two files":             UserCredentials(jwtFile, seedFile),
		"decorated JWT and key": UserCredentials(file("d.jwt", jwtBlock(someJWT)), file("d.nk", seedBlock(seed))),
		"home":                  UserCredentials("~/chained.creds"),
		"environment":           UserCredentials("${CREDS}/chained.creds"),
		"bytes":                 UserCredentialBytes([]byte(both)),
		"bytes and key":         UserCredentialBytes([]byte(someJWT), []byte(seed)),
		"strings":               UserJWTAndSeed(someJWT, seed),
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

func TestCredentialsAreReadAnew(t *testing.T) {
	seed, _ := userKey(t)
	path := filepath.Join(t.TempDir(), "user.creds")
	writeFile(t, path, []byte(jwtBlock(someJWT)+seedBlock(seed)))
	var o Options
	if err := UserCredentials(path)(&o); err != nil {
		t.Fatal(err)
	}
	seed, pub := userKey(t)
	writeFile(t, path, []byte(jwtBlock("new"+someJWT)+seedBlock(seed)))
	if jwt, err := o.UserJWT(); err != nil || jwt != "new"+someJWT {
		t.Errorf("JWT %q, %v", jwt, err)
	}
	verifySignature(t, pub, o.SignatureCB)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := o.UserJWT(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("JWT of a file that is gone: %v", err)
	}
	if _, err := o.SignatureCB(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("signature of a file that is gone: %v", err)
	}
}

func TestBadCredentialsAreRefused(t *testing.T) {
	seed, _ := userKey(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		writeFile(t, p, []byte(content))
		return p
	}
	missing := filepath.Join(dir, "missing.creds")
	jwtOnly := file("jwtonly.creds", jwtBlock(someJWT))
	seedOnly := file("seedonly.nk", seed)
	empty := file("empty.creds", "\n")
	for _, c := range []struct {
		name string
		opt  Option
		says string
	}{
		{"missing file", UserCredentials(missing), missing},
		{"no file name", UserCredentials(""), "no such file"},
		{"missing key file", UserCredentials(jwtOnly, missing), missing},
		{"a directory", UserCredentials(dir), dir},
		{"empty file", UserCredentials(empty), empty},
		{"junk", UserCredentials(file("junk.creds", "junk")), "junk.creds"},
		{"no key", UserCredentials(jwtOnly), "nkey seed"},
		{"a key for a JWT", UserCredentials(seedOnly), "JWT"},
		{"damaged key", UserCredentials(jwtOnly, file("bad.nk", seed[:20]+"AAAA"+seed[24:])), "bad.nk"},
		{"no bytes", UserCredentialBytes(nil), "JWT"},
		{"bytes without key", UserCredentialBytes([]byte(someJWT)), "nkey seed"},
		{"no JWT", UserJWTAndSeed("", seed), "JWT"},
		{"no seed", UserJWTAndSeed(someJWT, ""), "seed"},
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

	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	accountSeed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"junk": []byte("junk"), "account": accountSeed, "empty": nil} {
		writeFile(t, path, content)
		if _, err := NkeyOptionFromSeed(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want an error that names the file", name, err)
		}
	}
	if _, err := NkeyOptionFromSeed(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func TestWipe(t *testing.T) {
	b := []byte("secret")
	wipe(b)
	if string(b) != "xxxxxx" {
		t.Errorf("left %q", b)
	}
}
