package nats

import (
	"net"
	"time"
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
		r.Dialer = plainDialer(r.Timeout)
	}
	if r.AsyncErrorCB == nil {
		r.AsyncErrorCB = printAsyncError
	}
	return r
}

// sharedDialer is that of the connections that were given none and have the default
// Timeout. Nobody changes it: what Conn.Opts holds is to be read.
var sharedDialer = net.Dialer{Timeout: DefaultTimeout}

func plainDialer(timeout time.Duration) *net.Dialer {
	if timeout == DefaultTimeout {
		return &sharedDialer
	}
	return &net.Dialer{Timeout: timeout}
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
