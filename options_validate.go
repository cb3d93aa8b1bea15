package nats

import (
	"fmt"

	"github.com/evernats/nats/internal/address"
)

// validate refuses options that can't be meant. It is called on resolved
// options, see withDefaults; the URLs are checked by servers.
func (o *Options) validate() error {
	if err := o.validateValues(); err != nil {
		return err
	}
	if err := o.validateAuth(); err != nil {
		return err
	}
	if o.InboxPrefix != "" {
		return checkInboxPrefix(o.InboxPrefix)
	}
	return nil
}

func (o *Options) validateValues() error {
	if o.Timeout < 0 {
		return detailed(ErrBadTimeout, "%w: Timeout is %v; it must be positive, or zero for the default", ErrBadTimeout, o.Timeout)
	}
	for _, v := range []struct {
		name  string
		value int64
	}{
		{"HeldLimit", int64(o.HeldLimit)},
		{"FenceBytes", int64(o.FenceBytes)},
		{"FenceInterval", int64(o.FenceInterval)},
	} {
		if v.value < 0 {
			return fmt.Errorf("%w: %s is %d; it must be positive, or zero for the default", ErrInvalidArg, v.name, v.value)
		}
	}
	if o.OutboundFull < OutboundDefault || o.OutboundFull > DropOldest {
		return fmt.Errorf("%w: OutboundFull has no policy %d", ErrInvalidArg, int(o.OutboundFull))
	}
	if o.ReconnectBackoffFirst > 0 && o.ReconnectBackoffMax < o.ReconnectBackoffFirst {
		return fmt.Errorf("%w: ReconnectBackoffMax (%v) is less than ReconnectBackoffFirst (%v)",
			ErrInvalidArg, o.ReconnectBackoffMax, o.ReconnectBackoffFirst)
	}
	return nil
}

func (o *Options) validateAuth() error {
	switch {
	case o.Nkey != "" && o.UserJWT != nil:
		return ErrNkeyAndUser
	case o.Nkey != "" && o.SignatureCB == nil:
		return ErrNkeyButNoSigCB
	case o.Token != "" && o.TokenHandler != nil:
		return ErrTokenAlreadySet
	case (o.User != "" || o.Password != "") && o.UserInfo != nil:
		return ErrUserInfoAlreadySet
	}
	return nil
}

// servers returns the servers that the options name: Url first, then Servers,
// DefaultURL when there are none. One that is named twice counts once; bad are the
// errors of those that can't be used.
func (o *Options) servers() (list []*address.Server, bad []error, err error) {
	urls := make([]string, 0, len(o.Servers)+1)
	urls = append(append(urls, o.Url), o.Servers...)
	list, bad, err = parseServers(urls)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range list {
		if _, _, token, _ := s.Credentials(); token != "" && o.TokenHandler != nil {
			return nil, nil, detailed(ErrTokenAlreadySet, "%w: the token is in the URL %s", ErrTokenAlreadySet, s.Redacted())
		}
	}
	return list, bad, nil
}
