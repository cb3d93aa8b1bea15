// Command evernats shows, on real nats-servers, what a connection that heals
// itself goes through, and checks whether a program can switch to it.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/evernats/nats"

	"github.com/evernats/nats/cmd/evernats/check"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/completion"
	"github.com/evernats/nats/cmd/evernats/demo"
	"github.com/evernats/nats/cmd/evernats/drill"
	"github.com/evernats/nats/cmd/evernats/storm"
	"github.com/evernats/nats/cmd/evernats/terminal"
)

// commands are the subcommands, each in a package of its own.
type commands struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Check      check.Command      `cmd:"" help:"See whether a program that was written for nats.go can switch."`
	Demo       demo.Command       `cmd:"" help:"Publish, receive and request while the servers underneath die and come back."`
	Drill      drill.Command      `cmd:"" help:"See what a program lives through, with its options, on your cluster."`
	Storm      storm.Command      `cmd:"" help:"Simulate a reconnect storm: what a fleet does to its servers when they fail."`
	Completion completion.Command `cmd:"" help:"Print a script that completes the command line in bash, zsh or fish."`
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

const description = `A NATS client whose connection heals itself, shown on real nats-servers.

Exit codes: 0 when all went well, 1 when something failed or didn't hold, 2 when
the command line is wrong or there was nothing to work on. Each command's --help
says what that means for it, with examples. Colours are used on a terminal only,
and not when NO_COLOR is set.`

func main() {
	cluster.RunChildIfAsked()
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	var cmds commands
	parser, err := kong.New(&cmds,
		kong.Name("evernats"),
		kong.Description(description),
		kong.Vars{"version": fmt.Sprintf("evernats %s (%s, %s/%s)", nats.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)})
	if err != nil {
		complain(err)
		return exitFailed
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		complain(fmt.Errorf("%w; see %s --help", err, asked(err)))
		return exitUsage
	}
	if err := ctx.Run(parser); err != nil {
		complain(err)
		var coded interface{ ExitCode() int }
		if errors.As(err, &coded) {
			return coded.ExitCode()
		}
		return exitFailed
	}
	return 0
}

// complain says in one line what went wrong. What a compiler or a server had to say
// about it follows, indented.
func complain(err error) {
	line, details, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	fmt.Fprintln(os.Stderr, terminal.For(os.Stderr).Bad("evernats:"), line)
	for detail := range strings.Lines(details) {
		fmt.Fprintln(os.Stderr, "    "+strings.TrimRight(detail, "\n"))
	}
}

// asked is the command that a bad command line was meant for, as far as it is
// known.
func asked(err error) string {
	var bad *kong.ParseError
	if errors.As(err, &bad) && bad.Context != nil {
		if command := bad.Context.Selected(); command != nil {
			return "evernats " + command.Name
		}
	}
	return "evernats"
}
