package auth

import (
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"
)

// jwtFrom finds the JWT that stands in b, decorated or bare.
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
