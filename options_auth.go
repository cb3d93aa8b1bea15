package nats

import "github.com/evernats/nats/internal/auth"

// UserInfo sets the user and the password for servers whose URL has none.
func UserInfo(user, password string) Option {
	return func(o *Options) error {
		o.User = user
		o.Password = password
		return nil
	}
}

// UserInfoHandler sets a function that returns user and password, at each
// attempt to connect. With [UserInfo] set too Connect fails with
// [ErrUserInfoAlreadySet].
func UserInfoHandler(cb UserInfoCB) Option {
	return func(o *Options) error {
		o.UserInfo = cb
		return nil
	}
}

// Token sets the token for servers whose URL has none. With a [TokenHandler] it
// is [ErrTokenAlreadySet].
func Token(token string) Option {
	return func(o *Options) error {
		if o.TokenHandler != nil {
			return ErrTokenAlreadySet
		}
		o.Token = token
		return nil
	}
}

// TokenHandler sets a function that returns the token, at each attempt to
// connect. With a [Token], or one in a URL, it is [ErrTokenAlreadySet].
func TokenHandler(cb AuthTokenHandler) Option {
	return func(o *Options) error {
		if o.Token != "" {
			return ErrTokenAlreadySet
		}
		o.TokenHandler = cb
		return nil
	}
}

// UserJWT sets the functions that return the user's JWT and sign the server's
// nonce, at each attempt to connect. Without the first it is [ErrNoUserCB],
// without the second [ErrUserButNoSigCB]. With [Nkey] set too Connect fails with
// [ErrNkeyAndUser].
func UserJWT(userCB UserJWTHandler, sigCB SignatureHandler) Option {
	return func(o *Options) error {
		if userCB == nil {
			return ErrNoUserCB
		}
		if sigCB == nil {
			return ErrUserButNoSigCB
		}
		o.UserJWT = userCB
		o.SignatureCB = sigCB
		return nil
	}
}

// Nkey sets the user's public nkey and the function that signs the server's
// nonce, at each attempt to connect. A key without that function is
// [ErrNkeyButNoSigCB]; an empty key takes the nkey back. See
// [NkeyOptionFromSeed] for a key in a file.
func Nkey(pubKey string, sigCB SignatureHandler) Option {
	return func(o *Options) error {
		if pubKey != "" && sigCB == nil {
			return ErrNkeyButNoSigCB
		}
		o.Nkey = pubKey
		o.SignatureCB = sigCB
		return nil
	}
}

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
	return checkedUser(auth.UserOfFiles(userOrChainedFile, seedFile))
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
	return checkedUser(auth.UserOfBytes(userOrChainedFileBytes, seed))
}

// UserJWTAndSeed sets the user's JWT and private key. Connect fails when there is
// no JWT or the key isn't one.
func UserJWTAndSeed(jwt string, seed string) Option {
	return checkedUser(auth.UserOfStrings(jwt, seed))
}

// checkedUser is UserJWT for credentials that the option tries once.
func checkedUser(u auth.User) Option {
	return func(o *Options) error {
		if err := u.Try(); err != nil {
			return err
		}
		return UserJWT(u.JWT, u.Sign)(o)
	}
}

// NkeyOptionFromSeed reads a private nkey from a file and returns the [Nkey]
// option for it. The file is read again at each attempt to connect, and the key
// is wiped from memory after each use. A file that is missing or has no user's
// key is an error.
func NkeyOptionFromSeed(seedFile string) (Option, error) {
	public, sign, err := auth.NkeyOfFile(seedFile)
	if err != nil {
		return nil, err
	}
	return Nkey(public, sign), nil
}
