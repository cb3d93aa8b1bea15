package auth

// Fault says why there is nothing to put into a CONNECT.
type Fault int

const (
	// NoJWT is that the user's JWT could not be had.
	NoJWT Fault = iota
	// NotSigned is that the server's nonce could not be signed.
	NotSigned
	// JWTUnsigned is that there is a JWT and nothing to sign with.
	JWTUnsigned
	// NkeyUnsigned is that there is an nkey and nothing to sign with.
	NkeyUnsigned
	// NoNonce is that there is an nkey and the server gave nothing to sign.
	NoNonce
)

var faults = [...]string{
	NoJWT:        "the user's JWT could not be had",
	NotSigned:    "the server's nonce could not be signed",
	JWTUnsigned:  "there is a user JWT and nothing to sign with",
	NkeyUnsigned: "there is an nkey and nothing to sign with",
	NoNonce:      "the server gave no nonce to sign",
}

// Error says why the client has no credentials for a server.
type Error struct {
	Fault Fault
	Err   error // of the callback, for NoJWT and NotSigned
}

func (e *Error) Error() string {
	if e.Err == nil {
		return faults[e.Fault]
	}
	return faults[e.Fault] + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }
