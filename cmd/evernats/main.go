// Command evernats shows, on real nats-servers, what a connection that heals
// itself goes through, and checks whether a program can switch to it.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/evernats/nats/cmd/evernats/check"
	"github.com/evernats/nats/cmd/evernats/cluster"
	"github.com/evernats/nats/cmd/evernats/demo"
	"github.com/evernats/nats/cmd/evernats/storm"
)

// commands are the subcommands, each in a package of its own.
type commands struct {
	Check check.Command `cmd:"" help:"See whether a program that was written for nats.go can switch."`
	Demo  demo.Command  `cmd:"" help:"Publish, receive and request while the servers underneath die and come back."`
	Storm storm.Command `cmd:"" help:"Simulate a reconnect storm: what a fleet does to its servers when they fail."`
}

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	cluster.RunChildIfAsked()
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	var cmds commands
	parser, err := kong.New(&cmds,
		kong.Name("evernats"),
		kong.Description("A NATS client whose connection heals itself, shown on real nats-servers."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "evernats:", err)
		return exitFailed
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "evernats: %v\nSee %s --help.\n", err, asked(err))
		return exitUsage
	}
	if err := ctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "evernats:", err)
		var coded interface{ ExitCode() int }
		if errors.As(err, &coded) {
			return coded.ExitCode()
		}
		return exitFailed
	}
	return 0
}

// asked is the command that a bad command line was meant for, as far as it is
// known.
func asked(err error) string {
	var bad *kong.ParseError
	if errors.As(err, &bad) && bad.Context != nil {
		if command := bad.Context.Selected(); command != nil {
			return command.FullPath()
		}
	}
	return "evernats"
}
