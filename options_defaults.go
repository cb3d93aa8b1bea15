package nats

import (
	"fmt"
	"net"
	"time"

	"github.com/evernats/nats/internal/address"
)

// Defaults of the options.
const (
	// DefaultURL is where Connect goes when it is told nothing.
	DefaultURL = "nats://127.0.0.1:4222"
	// DefaultPort is the port of a nats or tls URL without one. For ws it is
	// 80, for wss 443.
	DefaultPort = 4222
	// DefaultMaxReconnect is the default of MaxReconnect: attempts per server.
	DefaultMaxReconnect = 60
	// DefaultReconnectWait is the default of ReconnectWait.
	DefaultReconnectWait = 2 * time.Second
	// DefaultReconnectJitter is the default of ReconnectJitter.
	DefaultReconnectJitter = 100 * time.Millisecond
	// DefaultReconnectJitterTLS is the default of ReconnectJitterTLS.
	DefaultReconnectJitterTLS = time.Second
	// DefaultReconnectJitterMax is the default of ReconnectJitterMax.
	DefaultReconnectJitterMax = 5 * time.Minute
	// DefaultReconnectBackoffMax is the bound of a back-off that has none.
	DefaultReconnectBackoffMax = 10 * time.Second
	// DefaultConnectionAttemptDelay is the default of ConnectionAttemptDelay.
	DefaultConnectionAttemptDelay = 250 * time.Millisecond
	// DefaultTimeout is the default of Timeout.
	DefaultTimeout = 2 * time.Second
	// DefaultPingInterval is the default of PingInterval.
	DefaultPingInterval = 2 * time.Minute
	// DefaultMaxPingOut is the default of MaxPingsOut.
	DefaultMaxPingOut = 2
	// DefaultMaxChanLen is the default of SubChanLen.
	DefaultMaxChanLen = 64 * 1024
	// DefaultReconnectBufSize is the default of ReconnectBufSize in bytes.
	DefaultReconnectBufSize = 8 * 1024 * 1024
	// DefaultWriteBufSize is the default of WriteBufferSize in bytes.
	DefaultWriteBufSize = 32 * 1024
	// DefaultHeldLimit is the default of HeldLimit in bytes.
	DefaultHeldLimit = 64 * 1024 * 1024
	// DefaultFenceBytes is the default of FenceBytes.
	DefaultFenceBytes = 1024 * 1024
	// DefaultFenceInterval is the default of FenceInterval.
	DefaultFenceInterval = time.Second
	// DefaultHeldFenceBytes is the default of FenceBytes with AtLeastOnce.
	DefaultHeldFenceBytes = 256 * 1024
	// DefaultHeldFenceInterval is the default of FenceInterval with AtLeastOnce.
	DefaultHeldFenceInterval = 100 * time.Millisecond
	// DefaultDrainTimeout is the default of DrainTimeout.
	DefaultDrainTimeout = 30 * time.Second
	// DefaultFlusherTimeout is the default of FlusherTimeout.
	DefaultFlusherTimeout = time.Minute
)

// DefaultOptions are the default options.
//
// Deprecated: one variable for all connections of a program is shared by them;
// use [GetDefaultOptions].
var DefaultOptions = GetDefaultOptions()

// GetDefaultOptions returns the options that [Connect] starts from.
func GetDefaultOptions() Options {
	return Options{
		AllowReconnect:     true,
		MaxReconnect:       DefaultMaxReconnect,
		ReconnectWait:      DefaultReconnectWait,
		ReconnectJitter:    DefaultReconnectJitter,
		ReconnectJitterTLS: DefaultReconnectJitterTLS,
		ReconnectJitterMax: DefaultReconnectJitterMax,
		Timeout:            DefaultTimeout,
		DrainTimeout:       DefaultDrainTimeout,
		FlusherTimeout:     DefaultFlusherTimeout,
		PingInterval:       DefaultPingInterval,
		MaxPingsOut:        DefaultMaxPingOut,
		ReconnectBufSize:   DefaultReconnectBufSize,
		SubChanLen:         DefaultMaxChanLen,
	}
}

// withDefaults fills in what zero values stand for, save where programs may look for
// the zero that they have set: see drainLimit and flusherLimit. Negative values are
// kept; those that make no sense are left for validate.
func (o *Options) withDefaults() Options {
	r := *o
	setDefault(&r.Timeout, DefaultTimeout)
	setDefault(&r.ReconnectJitterMax, DefaultReconnectJitterMax)
	setDefault(&r.ConnectionAttemptDelay, r.attemptDelay())
	setDefault(&r.MaxPingsOut, DefaultMaxPingOut)
	setDefault(&r.ReconnectBufSize, DefaultReconnectBufSize)
	setDefault(&r.SubChanLen, DefaultMaxChanLen)
	if r.WriteBufferSize <= 0 {
		r.WriteBufferSize = DefaultWriteBufSize
	}
	setDefault(&r.HeldLimit, DefaultHeldLimit)
	if r.AtLeastOnce {
		setDefault(&r.FenceBytes, DefaultHeldFenceBytes)
		setDefault(&r.FenceInterval, DefaultHeldFenceInterval)
	} else {
		setDefault(&r.FenceBytes, DefaultFenceBytes)
		setDefault(&r.FenceInterval, DefaultFenceInterval)
	}
	if r.ReconnectBackoffFirst > 0 {
		setDefault(&r.ReconnectBackoffMax, max(r.ReconnectBackoffFirst, DefaultReconnectBackoffMax))
	}
	if r.Dialer == nil {
		r.Dialer = &net.Dialer{Timeout: r.Timeout}
	}
	if r.AsyncErrorCB == nil {
		r.AsyncErrorCB = printAsyncError
	}
	return r
}

// drainLimit is what DrainTimeout means.
func (o *Options) drainLimit() time.Duration {
	if o.DrainTimeout == 0 {
		return DefaultDrainTimeout
	}
	return o.DrainTimeout
}

// flusherLimit is what FlusherTimeout means; not positive: no limit.
func (o *Options) flusherLimit() time.Duration {
	if o.FlusherTimeout == 0 {
		return DefaultFlusherTimeout
	}
	return o.FlusherTimeout
}

// syncQueueLen is what SubChanLen means.
func (o *Options) syncQueueLen() int {
	if o.SubChanLen <= 0 {
		return DefaultMaxChanLen
	}
	return o.SubChanLen
}

// attemptDelay is the default of ConnectionAttemptDelay. A dialer of the
// program's own may not be ready for calls from two goroutines at once.
func (o *Options) attemptDelay() time.Duration {
	_, ready := o.CustomDialer.(ContextDialer)
	if o.CustomDialer != nil && !ready || o.InProcessServer != nil {
		return -1
	}
	return DefaultConnectionAttemptDelay
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

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
