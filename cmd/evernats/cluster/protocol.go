package cluster

import (
	"encoding/json"
	"time"
)

// What parent and child say to each other: one JSON value after the other,
// commands on the child's standard input, answers on its standard output.

type command struct {
	ID   uint64          `json:"id"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args,omitempty"`
}

type answer struct {
	ID     uint64          `json:"id"`
	Error  string          `json:"error,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

const (
	opStart      = "start"
	opReload     = "reload"
	opVarz       = "varz"
	opConnz      = "connz"
	opRoutez     = "routez"
	opDisconnect = "disconnect"
	opLameDuck   = "lameduck"
	opShutdown   = "shutdown"
)

// spec is the argument of start and of reload: all that a server is told.
type spec struct {
	Name             string        `json:"name"`
	Cluster          string        `json:"cluster"` // empty: standalone
	Config           string        `json:"config"`
	Ports            ports         `json:"ports"`
	Routes           []string      `json:"routes"`
	LameDuckDuration time.Duration `json:"lameDuckDuration"`
	LameDuckGrace    time.Duration `json:"lameDuckGrace"`
	Debug            bool          `json:"debug"`
	Trace            bool          `json:"trace"`
}

// ports of a server; 0 where it doesn't listen.
type ports struct {
	Client    int `json:"client"`
	Route     int `json:"route"`
	Websocket int `json:"websocket"`
}

// started is the answer to start.
type started struct {
	ID           string `json:"id"`
	Ports        ports  `json:"ports"`
	WebsocketURL string `json:"websocketURL"`
	Advertises   bool   `json:"advertises"`
	// Routes is how many routes it has to each other server, once all are made: a
	// pool, and one for each account that has its own.
	Routes int `json:"routes"`
}
