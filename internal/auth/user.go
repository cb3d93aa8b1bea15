package auth

import (
	"errors"
	"fmt"

	"github.com/nats-io/nkeys"
)

// User is where a user's JWT and signatures come from.
type User struct {
	JWT  func() (string, error)
	Sign func(nonce []byte) ([]byte, error)
}

// Try asks for both once, so that credentials which can't work are refused before
// anything is dialled.
func (u User) Try() error {
	if _, err := u.JWT(); err != nil {
		return err
	}
	_, err := u.Sign([]byte("check"))
	return err
}

// UserOfFiles reads the JWT from one file and the key from another, which may be the
// same. A path may start with ~/ and have environment variables in it.
func UserOfFiles(jwtFile, seedFile string) User {
	return User{
		JWT: func() (string, error) {
			b, err := readSecretFile(jwtFile)
			if err != nil {
				return "", err
			}
			defer wipe(b)
			return jwtFrom(b, fmt.Sprintf("file %q", jwtFile))
		},
		Sign: func(nonce []byte) ([]byte, error) { return signFromFile(seedFile, nonce) },
	}
}

// UserOfBytes is UserOfFiles for the files' contents, which stay the caller's.
func UserOfBytes(jwt, seed []byte) User {
	return User{
		JWT:  func() (string, error) { return jwtFrom(jwt, "the given bytes") },
		Sign: func(nonce []byte) ([]byte, error) { return signFrom(seed, nonce, "the given bytes") },
	}
}

// UserOfStrings has the bare JWT and the bare seed.
func UserOfStrings(jwt, seed string) User {
	return User{
		JWT: func() (string, error) {
			if jwt == "" {
				return "", errors.New("nats: the given user JWT is empty")
			}
			return jwt, nil
		},
		Sign: func(nonce []byte) ([]byte, error) {
			b := []byte(seed)
			defer wipe(b)
			kp, err := nkeys.FromSeed(b)
			if err != nil {
				return nil, errors.New("nats: the given seed is not a valid nkey seed (it starts with SU)")
			}
			defer kp.Wipe()
			return kp.Sign(nonce)
		},
	}
}

// NkeyOfFile reads a user's private nkey from a file once, for its public key. The
// function that it returns reads it again for each signature.
func NkeyOfFile(seedFile string) (public string, sign func(nonce []byte) ([]byte, error), err error) {
	b, err := readSecretFile(seedFile)
	if err != nil {
		return "", nil, err
	}
	defer wipe(b)
	from := fmt.Sprintf("file %q", seedFile)
	kp, err := nkeys.ParseDecoratedUserNKey(b)
	if err != nil {
		return "", nil, noSeed(from, err)
	}
	defer kp.Wipe()
	public, err = kp.PublicKey()
	if err != nil {
		return "", nil, noSeed(from, err)
	}
	if !nkeys.IsValidPublicUserKey(public) {
		return "", nil, fmt.Errorf("nats: the nkey seed in %s is not a user's", from)
	}
	return public, func(nonce []byte) ([]byte, error) { return signFromFile(seedFile, nonce) }, nil
}

func signFromFile(seedFile string, nonce []byte) ([]byte, error) {
	b, err := readSecretFile(seedFile)
	if err != nil {
		return nil, err
	}
	defer wipe(b)
	return signFrom(b, nonce, fmt.Sprintf("file %q", seedFile))
}
