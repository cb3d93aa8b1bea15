package auth

import (
	"encoding/base64"

	"github.com/evernats/nats/internal/wire"
)

// Client is what the client says of itself to any server. Callbacks may be nil.
type Client struct {
	Name, Lang, Version       string
	Verbose, Pedantic, NoEcho bool

	// User, Password and Token are for servers whose URL has none.
	User, Password, Token string
	// UserInfo comes before User and Password, TokenHandler before any token.
	UserInfo     func() (user, password string)
	TokenHandler func() string

	Nkey string // the public key
	JWT  func() (string, error)
	Sign func(nonce []byte) ([]byte, error)
}

// Server is what matters of the server that is spoken to.
type Server struct {
	// InURL says that its URL names a user or a token: these, or empty ones.
	InURL                 bool
	User, Password, Token string

	Nonce     string // of its INFO
	Headers   bool   // it knows them
	Encrypted bool   // the connection to it is
}

// Connect makes a CONNECT. Every credential that a callback returns is asked for
// anew.
func (c *Client) Connect(s *Server) (wire.ConnectInfo, error) {
	ci := wire.ConnectInfo{
		Verbose:      c.Verbose,
		Pedantic:     c.Pedantic,
		TLSRequired:  s.Encrypted,
		Name:         c.Name,
		Lang:         c.Lang,
		Version:      c.Version,
		Protocol:     1,
		Echo:         !c.NoEcho,
		Headers:      s.Headers,
		NoResponders: s.Headers,
	}
	if s.InURL {
		ci.User, ci.Pass, ci.AuthToken = s.User, s.Password, s.Token
	} else {
		ci.User, ci.Pass, ci.AuthToken = c.User, c.Password, c.Token
		if c.UserInfo != nil {
			ci.User, ci.Pass = c.UserInfo()
		}
	}
	if c.TokenHandler != nil {
		ci.AuthToken = c.TokenHandler()
	}
	ci.Nkey = c.Nkey
	if c.JWT != nil {
		jwt, err := c.JWT()
		if err != nil {
			return ci, &Error{NoJWT, err}
		}
		ci.JWT = jwt
	}
	if ci.Nkey != "" || ci.JWT != "" {
		if c.Sign == nil {
			if ci.JWT != "" {
				return ci, &Error{Fault: JWTUnsigned}
			}
			return ci, &Error{Fault: NkeyUnsigned}
		}
		if s.Nonce == "" && ci.Nkey != "" {
			return ci, &Error{Fault: NoNonce}
		}
		sig, err := c.Sign([]byte(s.Nonce))
		if err != nil {
			return ci, &Error{NotSigned, err}
		}
		ci.Sig = base64.RawURLEncoding.EncodeToString(sig)
	}
	return ci, nil
}
