package natstest

import "time"

// Info is what a server says of itself. Its zero fields are filled in by the
// server where a client needs them.
type Info struct {
	ServerID     string   `json:"server_id"`
	ServerName   string   `json:"server_name"`
	Version      string   `json:"version"`
	Proto        int      `json:"proto"`
	Go           string   `json:"go,omitempty"`
	Host         string   `json:"host"`
	Port         int      `json:"port"`
	Headers      bool     `json:"headers"`
	AuthRequired bool     `json:"auth_required,omitempty"`
	TLSRequired  bool     `json:"tls_required,omitempty"`
	TLSVerify    bool     `json:"tls_verify,omitempty"`
	TLSAvailable bool     `json:"tls_available,omitempty"`
	MaxPayload   int64    `json:"max_payload"`
	JetStream    bool     `json:"jetstream,omitempty"`
	ClientID     uint64   `json:"client_id,omitempty"`
	ClientIP     string   `json:"client_ip,omitempty"`
	Nonce        string   `json:"nonce,omitempty"`
	Cluster      string   `json:"cluster,omitempty"`
	Domain       string   `json:"domain,omitempty"`
	ConnectURLs  []string `json:"connect_urls,omitempty"`
	WSConnectURL []string `json:"ws_connect_urls,omitempty"`
	LameDuckMode bool     `json:"ldm,omitempty"`

	// NoHeaders makes Headers false, which is filled in otherwise.
	NoHeaders bool `json:"-"`
}

// Behavior is how a server treats one connection. The zero value is a server
// that does what it should.
type Behavior struct {
	// NoInfo: it accepts and stays silent.
	NoInfo bool
	// RawInfo is sent in place of the INFO line, whatever it is.
	RawInfo string
	// StallTLS: it never answers the client's hello.
	StallTLS bool
	// Refuse is sent as -ERR 'Refuse' in answer to CONNECT, then it hangs up.
	Refuse string
	// Say is sent as it is, after CONNECT was read.
	Say string
	// NoPong: no PING is answered.
	NoPong bool
	// Deaf: it sends INFO and never reads.
	Deaf bool
	// Mute: it reads everything and never sends anything after INFO.
	Mute bool
	// HangUpAfterOps hangs up when it has read so many operations (1: right
	// after CONNECT). 0: never.
	HangUpAfterOps int
	// HangUpAfterBytes hangs up when it has read so many bytes, in the middle
	// of an operation if it falls there. 0: never.
	HangUpAfterBytes int
	// Reset makes it hang up with a reset, where the socket knows that.
	Reset bool
	// AnswerDelay is how long each thing it sends is held back, INFO included.
	AnswerDelay time.Duration
	// On, when not nil, is shown each operation after it was recorded. When it
	// returns true the server does nothing more about it.
	On func(c *Conn, op Op) bool
}

// Always returns a function that gives every connection the same behaviour.
func Always(b Behavior) func(*Conn) Behavior { return func(*Conn) Behavior { return b } }

// Script returns a function that gives the first connection the first
// behaviour and so on; those after the last are treated properly.
func Script(bs ...Behavior) func(*Conn) Behavior {
	return func(c *Conn) Behavior {
		if c.ID() > len(bs) {
			return Behavior{}
		}
		return bs[c.ID()-1]
	}
}
