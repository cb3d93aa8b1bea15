package nats

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"
)

// UserCredentials sets the files with the user's JWT and private key: one
// credentials file with both, or one with the JWT and a second with the key.
// They are read again at each attempt to connect, so that renewed credentials
// are used, and the key is wiped from memory after each use. A path may start
// with ~/ and have environment variables in it.
//
// Files that are missing, have no JWT or no key are an error of Connect.
func UserCredentials(userOrChainedFile string, seedFiles ...string) Option {
	seedFile := userOrChainedFile
	if len(seedFiles) > 0 {
		seedFile = seedFiles[0]
	}
	jwt := func() (string, error) {
		b, err := readSecretFile(userOrChainedFile)
		if err != nil {
			return "", err
		}
		defer wipe(b)
		return jwtFrom(b, fmt.Sprintf("file %q", userOrChainedFile))
	}
	sign := func(nonce []byte) ([]byte, error) {
		b, err := readSecretFile(seedFile)
		if err != nil {
			return nil, err
		}
		defer wipe(b)
		return signFrom(b, nonce, fmt.Sprintf("file %q", seedFile))
	}
	return checkedUserJWT(jwt, sign)
}

// UserCredentialBytes is [UserCredentials] for credentials that are in memory:
// the contents of one credentials file, or of one with the JWT and a second with
// the key. The slices are used at each attempt to connect and must not be
// changed.
func UserCredentialBytes(userOrChainedFileBytes []byte, seedFiles ...[]byte) Option {
	seed := userOrChainedFileBytes
	if len(seedFiles) > 0 {
		seed = seedFiles[0]
	}
	return checkedUserJWT(
		func() (string, error) { return jwtFrom(userOrChainedFileBytes, "the given bytes") },
		func(nonce []byte) ([]byte, error) { return signFrom(seed, nonce, "the given bytes") },
	)
}

// UserJWTAndSeed sets the user's JWT and private key. Connect fails when there is
// no JWT or the key isn't one.
func UserJWTAndSeed(jwt string, seed string) Option {
	return checkedUserJWT(
		func() (string, error) {
			if jwt == "" {
				return "", errors.New("nats: the given user JWT is empty")
			}
			return jwt, nil
		},
		func(nonce []byte) ([]byte, error) {
			b := []byte(seed)
			defer wipe(b)
			kp, err := nkeys.FromSeed(b)
			if err != nil {
				return nil, errors.New("nats: the given seed is not a valid nkey seed (it starts with SU)")
			}
			defer kp.Wipe()
			return kp.Sign(nonce)
		},
	)
}

// checkedUserJWT is UserJWT with callbacks that are tried once by the option, so
// that credentials which can't work are refused before anything is dialled.
func checkedUserJWT(jwt UserJWTHandler, sign SignatureHandler) Option {
	return func(o *Options) error {
		if _, err := jwt(); err != nil {
			return err
		}
		if _, err := sign([]byte("check")); err != nil {
			return err
		}
		return UserJWT(jwt, sign)(o)
	}
}

// NkeyOptionFromSeed reads a private nkey from a file and returns the [Nkey]
// option for it. The file is read again at each attempt to connect, and the key
// is wiped from memory after each use. A file that is missing or has no user's
// key is an error.
func NkeyOptionFromSeed(seedFile string) (Option, error) {
	b, err := readSecretFile(seedFile)
	if err != nil {
		return nil, err
	}
	defer wipe(b)
	from := fmt.Sprintf("file %q", seedFile)
	kp, err := nkeys.ParseDecoratedUserNKey(b)
	if err != nil {
		return nil, noSeed(from, err)
	}
	defer kp.Wipe()
	pub, err := kp.PublicKey()
	if err != nil {
		return nil, noSeed(from, err)
	}
	if !nkeys.IsValidPublicUserKey(pub) {
		return nil, fmt.Errorf("nats: the nkey seed in %s is not a user's", from)
	}
	return Nkey(pub, func(nonce []byte) ([]byte, error) {
		b, err := readSecretFile(seedFile)
		if err != nil {
			return nil, err
		}
		defer wipe(b)
		return signFrom(b, nonce, from)
	}), nil
}

func jwtFrom(b []byte, from string) (string, error) {
	jwt, err := nkeys.ParseDecoratedJWT(b)
	if err != nil {
		return "", fmt.Errorf("nats: no user JWT in %s: %w", from, err)
	}
	jwt = strings.TrimSpace(jwt)
	// A file that holds a bare seed must not be sent to a server as a JWT.
	if strings.Count(jwt, ".") != 2 {
		return "", fmt.Errorf("nats: no user JWT in %s: a JWT has three parts with dots between them", from)
	}
	return jwt, nil
}

// signFrom signs with the seed that stands in b, decorated or bare.
func signFrom(b, nonce []byte, from string) ([]byte, error) {
	kp, err := nkeys.ParseDecoratedNKey(b)
	if err != nil {
		return nil, noSeed(from, err)
	}
	defer kp.Wipe()
	sig, err := kp.Sign(nonce)
	if err != nil {
		return nil, noSeed(from, err)
	}
	return sig, nil
}

// noSeed says where no usable seed was found. The library's errors don't quote
// the seed.
func noSeed(from string, err error) error {
	return fmt.Errorf("nats: no usable nkey seed in %s: %w (a credentials file has a block USER NKEY SEED; "+
		"give a seed in a file of its own as the second argument)", from, err)
}

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
