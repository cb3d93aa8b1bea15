package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/evernats/nats/cmd/evernats/terminal"
)

// Command is "evernats drill" on the command line.
type Command struct {
	Target
	Subject    string        `help:"What the drill's subjects start with." default:"evernats.drill"`
	Scenario   []ScenarioArg `help:"The scenarios to play; all that can be played by default." placeholder:"NAME"`
	Options    string        `help:"The client's options: default (those of a bare Connect), resilient (Resilient()), or atleastonce (AtLeastOnce() as well)." enum:"default,resilient,atleastonce" default:"default"`
	Compare    bool          `help:"Play the same with nats.go, with its options that come nearest, and show both."`
	Everywhere bool          `help:"Strike all servers, and not just the one that the program sits on."`
	Rate       int           `help:"Messages a second, of the publisher, for the subscriber and for the queue group each; requests are 20 a second." default:"200"`
	Outage     time.Duration `help:"How long each fault lasts." default:"4s"`
	Patience   time.Duration `help:"How long a program may take to come back when the fault is over." default:"15s"`
	JSON       bool          `name:"json" help:"Print the report as one JSON object instead of a table."`
	HTML       string        `name:"html" help:"Write a page that needs nothing but a browser to this file." placeholder:"FILE"`
}

// ScenarioArg is the name of a scenario.
type ScenarioArg string

// Words are the values for the command line's completion.
func (*ScenarioArg) Words() []string { return names(true) }

// Help is shown below the flags.
func (c *Command) Help() string {
	var list strings.Builder
	for _, sc := range scenarios {
		note := ""
		if sc.own {
			note = " (own cluster only)"
		}
		fmt.Fprintf(&list, "    %-16s %s%s\n", sc.name, sc.what, note)
	}
	return `Shows what a program lives through, with the options it uses, on your cluster. All
its connections go through a fault layer in this process, those to discovered servers
too, so that no server is touched; a witness that no fault strikes publishes to it,
receives from it and answers it, and keeps account of every message. Your servers see
the witness and two programs, with ` + "`--rate`" + ` messages a second of 128 bytes, below
evernats.drill (see --subject).

` + list.String() + `
Examples:

    evernats drill                                        all scenarios, on three servers of its own
    evernats drill --options atleastonce --compare --html drill.html
    evernats drill --scenario cut,black-hole --outage 10s --options resilient
    evernats drill --server nats://nats.example:4222 --creds app.creds
    evernats drill --context staging --everywhere --json

The exit code is 0 when the program came back from everything (with nats.go nothing is
asked), 1 when it didn't within --patience or the drill couldn't be done, and 2 when
the command line is wrong. Messages lost aren't a failure: without AtLeastOnce() some
may be, and what is published to a program that is away always is. Ctrl-C ends it with
the scenarios that were through.`
}

func (c *Command) config() Config {
	cfg := Config{
		Target: c.Target, Subject: c.Subject, Options: profile(c.Options), Compare: c.Compare, Everywhere: c.Everywhere,
		Rate: c.Rate, Before: time.Second, Outage: c.Outage, Patience: c.Patience,
	}
	for _, s := range c.Scenario {
		cfg.Scenarios = append(cfg.Scenarios, string(s))
	}
	return cfg
}

// Validate is called by the command line parser.
func (c *Command) Validate() error {
	cfg := c.config()
	if err := cfg.check(); err != nil {
		return err
	}
	if c.Target.Context != "" {
		// It takes the context's place, so that Run finds servers.
		return c.Target.readContext()
	}
	return nil
}

// NotSurvived is returned by Command.Run when a program didn't come back, which the
// report that was shown tells.
type NotSurvived []string

func (n NotSurvived) Error() string {
	return fmt.Sprintf("the program didn't come back from %s; try --options resilient, or a longer --patience", strings.Join(n, ", "))
}

// errInterrupted is returned when a signal came before anything was through.
var errInterrupted = errors.New("interrupted before a scenario was through; start it again")

// Run runs the command.
func (c *Command) Run() error {
	// A second signal finds its default again and ends the program at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	var page *os.File
	if c.HTML != "" {
		// Found before the drill, not after it; what is there stays until there is something
		// better.
		var err error
		if page, err = os.OpenFile(c.HTML, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
			return fmt.Errorf("can't write %s: %w; name another file", c.HTML, errors.Unwrap(err))
		}
		defer func() {
			page.Close()
			if info, err := os.Stat(c.HTML); err == nil && info.Size() == 0 && info.Mode().IsRegular() {
				os.Remove(c.HTML)
			}
		}()
	}
	screen := &terminal.Screen{W: os.Stderr, Terminal: terminal.Is(os.Stderr), Width: func() int { return terminal.Columns(os.Stderr) }}
	began := time.Now()
	soft := terminal.For(os.Stderr)
	report, err := Run(ctx, c.config(), func(line string) {
		if strings.HasPrefix(line, "—") {
			line = soft.Bold(line)
		}
		screen.Line(line)
	})
	if err != nil {
		if ctx.Err() != nil {
			return errInterrupted
		}
		return err
	}
	if len(report.Scenarios) == 0 {
		return errInterrupted
	}
	screen.Line(fmt.Sprintf("— done in %s", terminal.Duration(time.Since(began))))
	if err := c.write(report, os.Stdout, page, terminal.For(os.Stdout)); err != nil {
		return err
	}
	if bad := report.survived(); len(bad) > 0 {
		return NotSurvived(bad)
	}
	return nil
}

func (c *Command) write(report *Report, out io.Writer, page *os.File, p terminal.Palette) error {
	if page != nil {
		var text bytes.Buffer
		err := report.writeHTML(&text)
		if err == nil {
			_ = page.Truncate(0) // a pipe or a terminal has nothing to truncate
			_, err = text.WriteTo(page)
		}
		if err == nil {
			err = page.Close()
		}
		if err != nil {
			return fmt.Errorf("can't write %s: %w", c.HTML, err)
		}
	}
	if c.JSON {
		return report.writeJSON(out)
	}
	_, err := io.WriteString(out, report.table(p))
	return err
}
