package auth

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

func verifySignature(t *testing.T, pub string, sign func([]byte) ([]byte, error)) {
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

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
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
	for name, u := range map[string]User{
		"one file":              UserOfFiles(chained, chained),
		"two files":             UserOfFiles(jwtFile, seedFile),
		"decorated JWT and key": UserOfFiles(file("d.jwt", jwtBlock(someJWT)), file("d.nk", seedBlock(seed))),
		"home":                  UserOfFiles("~/chained.creds", "~/chained.creds"),
		"environment":           UserOfFiles("${CREDS}/chained.creds", "${CREDS}/chained.creds"),
		"bytes":                 UserOfBytes([]byte(both), []byte(both)),
		"bytes and key":         UserOfBytes([]byte(someJWT), []byte(seed)),
		"strings":               UserOfStrings(someJWT, seed),
	} {
		t.Run(name, func(t *testing.T) {
			if err := u.Try(); err != nil {
				t.Fatal(err)
			}
			if jwt, err := u.JWT(); err != nil || jwt != someJWT {
				t.Errorf("JWT %q, %v", jwt, err)
			}
			verifySignature(t, pub, u.Sign)
		})
	}
}

func TestCredentialsAreReadAnew(t *testing.T) {
	seed, _ := userKey(t)
	path := filepath.Join(t.TempDir(), "user.creds")
	writeFile(t, path, []byte(jwtBlock(someJWT)+seedBlock(seed)))
	u := UserOfFiles(path, path)
	if err := u.Try(); err != nil {
		t.Fatal(err)
	}
	seed, pub := userKey(t)
	writeFile(t, path, []byte(jwtBlock("new"+someJWT)+seedBlock(seed)))
	if jwt, err := u.JWT(); err != nil || jwt != "new"+someJWT {
		t.Errorf("JWT %q, %v", jwt, err)
	}
	verifySignature(t, pub, u.Sign)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := u.JWT(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("JWT of a file that is gone: %v", err)
	}
	if _, err := u.Sign(nil); !errors.Is(err, fs.ErrNotExist) {
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
		user User
		says string
	}{
		{"missing file", UserOfFiles(missing, missing), missing},
		{"no file name", UserOfFiles("", ""), "no such file"},
		{"missing key file", UserOfFiles(jwtOnly, missing), missing},
		{"a directory", UserOfFiles(dir, dir), dir},
		{"empty file", UserOfFiles(empty, empty), empty},
		{"junk", UserOfFiles(file("junk.creds", "junk"), file("junk.creds", "junk")), "junk.creds"},
		{"no key", UserOfFiles(jwtOnly, jwtOnly), "nkey seed"},
		{"a key for a JWT", UserOfFiles(seedOnly, seedOnly), "JWT"},
		{"damaged key", UserOfFiles(jwtOnly, file("bad.nk", seed[:20]+"AAAA"+seed[24:])), "bad.nk"},
		{"no bytes", UserOfBytes(nil, nil), "JWT"},
		{"bytes without key", UserOfBytes([]byte(someJWT), []byte(someJWT)), "nkey seed"},
		{"no JWT", UserOfStrings("", seed), "JWT"},
		{"no seed", UserOfStrings(someJWT, ""), "seed"},
		{"bad seed", UserOfStrings(someJWT, seed+"x"), "seed"},
	} {
		err := c.user.Try()
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want an error that says %q", c.name, err, c.says)
			continue
		}
		if strings.Contains(err.Error(), seed[4:20]) || strings.Contains(err.Error(), someJWT) {
			t.Errorf("%s: the error shows a secret: %v", c.name, err)
		}
	}
}

func TestNkeyOfAFile(t *testing.T) {
	seed, pub := userKey(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "user.nk")
	for name, content := range map[string]string{"bare": seed, "decorated": seedBlock(seed)} {
		writeFile(t, path, []byte(content))
		public, sign, err := NkeyOfFile(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if public != pub {
			t.Errorf("%s: nkey %q, want %q", name, public, pub)
		}
		verifySignature(t, pub, sign)
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
		if _, _, err := NkeyOfFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want an error that names the file", name, err)
		}
	}
	if _, _, err := NkeyOfFile(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
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
