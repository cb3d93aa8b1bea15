package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

// Command is "evernats demo" on the command line.
type Command struct {
	Servers     int           `help:"How many nats-servers to start with." default:"3"`
	Rate        int           `help:"Messages to publish a second." default:"1000"`
	Duration    time.Duration `help:"How long the timeline takes, over which the steps are spread; before it the servers are restarted, which takes as long as it does." default:"20s"`
	Seed        uint64        `help:"Moves the steps a little and picks the first server; 0 picks a seed, which is shown." default:"0"`
	AtLeastOnce bool          `help:"Keep each message until it is confirmed, and send it again otherwise; without it what may be lost is reported." default:"true" negatable:""`
	JetStream   bool          `name:"jetstream" help:"Run a replicated stream, a consumer and a key-value watch as well; the original servers then come back."`
	JSON        bool          `name:"json" help:"Print the report as one JSON object; what happens is then shown on standard error."`
}

// Help is shown below the flags.
func (c *Command) Help() string {
	return `A publisher, a subscriber and a requester run at a steady rate over one
connection that is given one URL. First the servers are restarted, one after another:
each says that it leaves (a lame duck), which moves the connection to another one, and
ends four seconds later. Then the server they sit on is killed and brought back, a
server is added that nobody configured, the original servers are killed for good, and
the last one is stopped for a while and started again. With one server there is nowhere
to move to, and no such restart.

Examples:

    evernats demo                                half a minute, three servers
    evernats demo --servers 1 --rate 20000       full outages only, at a high rate
    evernats demo --no-at-least-once             what may be lost is reported instead
    evernats demo --jetstream                    a stream, a consumer and a watch too
    evernats demo --duration 1h --json > r.json  a long one, for a machine to read

With --jetstream a stream of three replicas is published into with message ids, a
consumer takes its messages, and a bucket's keys are written and watched. Since its
replicas are on the original servers, these are started again after they were
killed, and at the end all servers are killed and started.

The exit code is 0 when everything that the client promises held: no message
lost beyond those it reported as in doubt (none at all by default), none out of
order, no request failed but those in flight, the connection never closed and
back within 15 s after each step, nothing lost, doubled or failed and no disconnect
while the servers were restarted, and no Publish that waited for a server; and with
--jetstream each message acknowledged and delivered, and each update given once
and in order. It is
1 otherwise, and 2 when the command line is wrong. Ctrl-C ends the run early,
with the report.`
}

func (c *Command) config() Config {
	return Config{Servers: c.Servers, Rate: c.Rate, Duration: c.Duration, Seed: c.Seed, AtLeastOnce: c.AtLeastOnce, JetStream: c.JetStream}
}

// Validate is called by the command line parser.
func (c *Command) Validate() error { return c.config().Check() }

// ErrBroken is returned by Command.Run when the report, which has been shown,
// says that a promise didn't hold.
var ErrBroken = errors.New("not everything promised held")

// ErrInterrupted is returned by Command.Run when a signal came before there was
// anything to report.
var ErrInterrupted = errors.New("interrupted before the demonstration began")

// Run runs the command.
func (c *Command) Run() error {
	// A second signal finds its default again and ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	cfg := c.config()
	if cfg.Seed == 0 {
		cfg.Seed = rand.Uint64N(1_000_000) + 1
	}
	show := os.Stdout
	if c.JSON {
		show = os.Stderr
	}
	screen := &Screen{W: show, Terminal: terminal.Is(show), Width: func() int { return terminal.Columns(show) }}
	report, err := Run(ctx, cfg, screen)
	if err != nil {
		if ctx.Err() != nil {
			// What the servers had to say until then explains nothing.
			return ErrInterrupted
		}
		return err
	}
	if err := c.write(report, os.Stdout); err != nil {
		return fmt.Errorf("can't write the report: %w", err)
	}
	if !report.OK {
		return ErrBroken
	}
	return nil
}

func (c *Command) write(report *Report, stdout io.Writer) error {
	if c.JSON {
		return report.WriteJSON(stdout)
	}
	report.WriteTable(stdout)
	return nil
}
