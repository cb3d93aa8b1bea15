package nats

import (
	"encoding/base64"
	"fmt"

	"github.com/evernats/nats/internal/address"
	"github.com/evernats/nats/internal/wire"
)

// connectInfo makes what the client says of itself. Every credential that a
// callback returns is asked for anew.
func (nc *Conn) connectInfo(t address.Target, info *ServerInfo, encrypted bool) (wire.ConnectInfo, error) {
	o := &nc.Opts
	ci := wire.ConnectInfo{
		Verbose:      o.Verbose,
		Pedantic:     o.Pedantic,
		TLSRequired:  encrypted,
		Name:         o.Name,
		Lang:         LangString,
		Version:      Version,
		Protocol:     1,
		Echo:         !o.NoEcho,
		Headers:      info.Headers,
		NoResponders: info.Headers,
	}
	if user, pass, token, said := t.Server.Credentials(); said {
		ci.User, ci.Pass, ci.AuthToken = user, pass, token
	} else {
		ci.User, ci.Pass, ci.AuthToken = o.User, o.Password, o.Token
		if o.UserInfo != nil {
			ci.User, ci.Pass = o.UserInfo()
		}
	}
	if o.TokenHandler != nil {
		ci.AuthToken = o.TokenHandler()
	}
	ci.Nkey = o.Nkey
	if o.UserJWT != nil {
		jwt, err := o.UserJWT()
		if err != nil {
			return ci, ownError(err, "the user's JWT could not be had: %w", err)
		}
		ci.JWT = jwt
	}
	if ci.Nkey != "" || ci.JWT != "" {
		if o.SignatureCB == nil {
			if ci.JWT != "" {
				return ci, ownError(ErrUserButNoSigCB, "%w", ErrUserButNoSigCB)
			}
			return ci, ownError(ErrNkeyButNoSigCB, "%w", ErrNkeyButNoSigCB)
		}
		if info.Nonce == "" && ci.Nkey != "" {
			return ci, ownError(ErrNkeysNotSupported, "%w", ErrNkeysNotSupported)
		}
		sig, err := o.SignatureCB([]byte(info.Nonce))
		if err != nil {
			return ci, ownError(fmt.Errorf("error signing nonce: %w", err), "the server's nonce could not be signed: %w", err)
		}
		ci.Sig = base64.RawURLEncoding.EncodeToString(sig)
	}
	return ci, nil
}
