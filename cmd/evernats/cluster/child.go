package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// childVariable marks a process as one that is to be a server.
const childVariable = "EVERNATS_CLUSTER_CHILD"

// looked says that this program gives its children the chance to be servers.
var looked atomic.Bool

// RunChildIfAsked turns the process into a server, and never returns, if it was
// started to be one; in every other process it returns at once. Call it before
// anything else in main and in TestMain.
func RunChildIfAsked() {
	looked.Store(true)
	if os.Getenv(childVariable) == "" {
		return
	}
	// Ctrl-C in a terminal reaches all processes there. Only the parent decides
	// what it means.
	signal.Ignore(os.Interrupt)
	c := &child{out: json.NewEncoder(os.Stdout), in: json.NewDecoder(os.Stdin)}
	// Whatever else prints must not end up between two answers.
	os.Stdout = os.Stderr
	c.run()
	os.Exit(0)
}

type child struct {
	in *json.Decoder

	outMu sync.Mutex
	out   *json.Encoder

	mu  sync.Mutex
	srv *server.Server
}

// run obeys commands until the parent hangs up, which is what the end of the
// parent looks like from here.
func (c *child) run() {
	for {
		var cmd command
		if err := c.in.Decode(&cmd); err != nil {
			return
		}
		// One slow answer must not keep the end of the parent from being seen.
		go c.obey(cmd)
	}
}

func (c *child) obey(cmd command) {
	result, err := c.do(cmd)
	c.reply(cmd.ID, result, err)
	switch cmd.Op {
	case opShutdown:
		os.Exit(0)
	case opLameDuck:
		if err == nil {
			c.server().LameDuckShutdown()
			os.Exit(0)
		}
	}
}

func (c *child) reply(id uint64, result any, err error) {
	a := answer{ID: id}
	if err == nil {
		a.Result, err = json.Marshal(result)
	}
	if err != nil {
		a.Error = err.Error()
	}
	c.outMu.Lock()
	defer c.outMu.Unlock()
	if err := c.out.Encode(a); err != nil {
		os.Exit(0) // nobody is there to read it
	}
}

func (c *child) server() *server.Server {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.srv
}

func (c *child) do(cmd command) (any, error) {
	if cmd.Op == opStart {
		var sp spec
		if err := json.Unmarshal(cmd.Args, &sp); err != nil {
			return nil, err
		}
		return c.start(cmd.ID, sp)
	}
	srv := c.server()
	if srv == nil {
		return nil, errors.New("the server isn't started")
	}
	switch cmd.Op {
	case opReload:
		var sp spec
		if err := json.Unmarshal(cmd.Args, &sp); err != nil {
			return nil, err
		}
		opts, err := serverOptions(sp)
		if err != nil {
			return nil, err
		}
		return nil, srv.ReloadOptions(opts)
	case opVarz:
		return srv.Varz(nil)
	case opConnz:
		var opts server.ConnzOptions
		if err := json.Unmarshal(cmd.Args, &opts); err != nil {
			return nil, err
		}
		return srv.Connz(&opts)
	case opRoutez:
		var opts server.RoutezOptions
		if err := json.Unmarshal(cmd.Args, &opts); err != nil {
			return nil, err
		}
		return srv.Routez(&opts)
	case opDisconnect:
		var cid uint64
		if err := json.Unmarshal(cmd.Args, &cid); err != nil {
			return nil, err
		}
		return nil, srv.DisconnectClientByID(cid)
	case opLameDuck:
		return nil, nil
	case opShutdown:
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, nil
	}
	return nil, fmt.Errorf("unknown command %q", cmd.Op)
}

// startPatience bounds the time from the start of a server to its listening.
const startPatience = 30 * time.Second

func (c *child) start(id uint64, sp spec) (*started, error) {
	opts, err := serverOptions(sp)
	if err != nil {
		return nil, err
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return nil, err
	}
	log := &childLog{fatal: func(text string) {
		c.reply(id, nil, errors.New(text))
		os.Exit(1)
	}}
	srv.SetLoggerV2(log, sp.Debug, sp.Trace, false)
	c.mu.Lock()
	c.srv = srv
	c.mu.Unlock()
	go srv.Start()
	if !srv.ReadyForConnections(startPatience) {
		return nil, fmt.Errorf("the server wasn't ready within %v", startPatience)
	}
	return describe(srv, opts), nil
}
