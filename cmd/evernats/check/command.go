// Package check is "evernats check": whether a program that was written for nats.go
// can switch to this library, and what it has to look at.
package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Command is "evernats check" on the command line.
type Command struct {
	Packages []string `arg:"" optional:"" help:"The packages to check, as the go command takes them: ./... by default."`

	Dir   string `short:"C" help:"Check from this directory." placeholder:"DIR" type:"existingdir"`
	Tests bool   `help:"Check tests too." default:"true" negatable:""`
	Deps  bool   `help:"Check the libraries that import nats.go too: with natsgo they switch as well." default:"true" negatable:""`
	All   bool   `help:"Show each place, also of a name that is found in many."`
	JSON  bool   `name:"json" help:"Print the result as one JSON object."`
}

// Help is shown below the flags.
func (c *Command) Help() string {
	return `Type-checks a program or a library with the nats.go that it requires, and lists,
with file and line: the names and packages of nats.go that evernats doesn't have;
the comparisons and uses that behave differently; the variables of the package
that are assigned, which changes nothing here. Then it shows the lines that switch.
Nothing is changed. Behaviour that shows in no line is in docs/compatibility.md.

Examples:

    evernats check ./...               everything below
    evernats check ./cmd/server        one program, with its libraries
    evernats check --no-deps ./...     your own packages only, if you mean to change
                                       their import lines
    evernats check -C ../other --json  another module, for a machine to read
    GOFLAGS=-tags=integration evernats check ./...

The exit code is 0 when it can switch, 1 when there is something in the list, and 2
when it couldn't be checked: no such package, one that doesn't compile, or a wrong
command line.`
}

// Findings is returned by Command.Run when there are some, which have been shown.
type Findings int

func (n Findings) Error() string { return fmt.Sprintf("%s to look at", plural(int(n), "place")) }

// Uncheckable is returned by Command.Run when it couldn't be checked.
type Uncheckable struct{ Err error }

func (e *Uncheckable) Error() string { return "can't check: " + e.Err.Error() }
func (e *Uncheckable) Unwrap() error { return e.Err }

// ExitCode is the command's exit code.
func (e *Uncheckable) ExitCode() int { return 2 }

// Run runs the command.
func (c *Command) Run() error { return c.run(os.Stdout) }

func (c *Command) run(out io.Writer) error {
	r, err := Check(Config{Patterns: c.Packages, Dir: c.Dir, Tests: c.Tests, Deps: c.Deps})
	if err != nil {
		return &Uncheckable{err}
	}
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		_, err = io.WriteString(out, r.text(c.All))
	}
	if err != nil {
		return &Uncheckable{err}
	}
	if n := len(r.Findings); n > 0 {
		return Findings(n)
	}
	return nil
}

// errNoPackages is what a pattern that matches nothing leads to.
var errNoPackages = errors.New("no packages match")
