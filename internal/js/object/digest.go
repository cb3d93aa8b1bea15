package object

import (
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
)

const digestPrefix = "SHA-256="

// NewDigest makes what an object's bytes are written to.
func NewDigest() hash.Hash { return sha256.New() }

// DigestText is what is said of the bytes that were written to h.
func DigestText(h hash.Hash) string {
	return digestPrefix + base64.URLEncoding.EncodeToString(h.Sum(nil))
}

// ParseDigest gives the sum that a text says. ok is false when it isn't of the form
// <algorithm>=<sum>; err is what is wrong with the sum.
func ParseDigest(text string) (sum []byte, ok bool, err error) {
	_, coded, ok := strings.Cut(text, "=")
	if !ok {
		return nil, false, nil
	}
	sum, err = base64.URLEncoding.DecodeString(coded)
	return sum, true, err
}
