package nats

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
