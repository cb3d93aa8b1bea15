// Package completion is "evernats completion": scripts that complete the command
// line in bash, zsh and fish. They are made from the commands and flags that the
// program has, so they can't name others.
package completion

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is "evernats completion" on the command line.
type Command struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Help is shown below the flags.
func (c *Command) Help() string {
	return `Prints a script that completes commands, flags and their values.

Examples:

    source <(evernats completion bash)          this shell; for all, in ~/.bashrc
    evernats completion zsh > "${fpath[1]}/_evernats"
    evernats completion fish > ~/.config/fish/completions/evernats.fish

The exit code is 0, or 2 when the shell is none of these.`
}

// Run runs the command.
func (c *Command) Run(app *kong.Kong) error { return write(os.Stdout, c.Shell, app.Model.Node) }

// flag is what a script has to know of one.
type flag struct {
	long, short, help string
	value             bool     // it takes one
	file              bool     // which is a file
	words             []string // or one of these
}

// verb is one command.
type verb struct {
	name, help string
	flags      []flag
	words      []string // what its argument may be
}

func write(w io.Writer, shell string, root *kong.Node) error {
	verbs := []verb{{flags: flagsOf(root)}}
	for _, n := range root.Children {
		if n.Hidden || n.Type != kong.CommandNode {
			continue
		}
		v := verb{name: n.Name, help: n.Help, flags: append(flagsOf(n), verbs[0].flags[0])}
		for _, p := range n.Positional {
			v.words = append(v.words, words(p)...)
		}
		verbs = append(verbs, v)
	}
	scripts := map[string]func(string, []verb) string{"bash": bash, "zsh": zsh, "fish": fish}
	make, ok := scripts[shell]
	if !ok {
		return fmt.Errorf("no completion for %q; there is one for bash, zsh and fish", shell)
	}
	_, err := io.WriteString(w, make(root.Name, verbs))
	return err
}

func flagsOf(n *kong.Node) []flag {
	var flags []flag
	for _, f := range n.Flags {
		if f.Hidden {
			continue
		}
		one := flag{long: "--" + f.Name, help: f.Help, value: !f.IsBool()}
		if f.Short != 0 {
			one.short = "-" + string(f.Short)
		}
		one.words = words(f.Value)
		// Flags for files say so by what stands for their value.
		one.file = f.PlaceHolder == "FILE" || f.PlaceHolder == "DIR"
		flags = append(flags, one)
		if f.Tag != nil && f.Tag.Negatable != "" {
			flags = append(flags, flag{long: "--no-" + f.Name, help: "Not: " + f.Help})
		}
	}
	return flags
}

// words are the values that a flag or an argument may have, as far as it tells.
func words(v *kong.Value) []string {
	if v.Enum != "" {
		return v.EnumSlice()
	}
	if !v.Target.IsValid() {
		return nil
	}
	one := v.Target.Type()
	if one.Kind() == reflect.Slice {
		one = one.Elem()
	}
	if w, ok := reflect.New(one).Interface().(interface{ Words() []string }); ok {
		return w.Words()
	}
	return nil
}

// quote makes one word for a shell of anything.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// first is a help text's first sentence, which is what a menu has room for.
func first(help string) string {
	for i, r := range help {
		if (r == '.' || r == ';') && (i+1 == len(help) || help[i+1] == ' ') {
			return help[:i]
		}
	}
	return help
}
