// Command suite runs the tests that nats.go has for its exported API on this library: it copies
// them out of the module, changes the import path, and says which of them fail that
// expected.txt doesn't explain.
//
//	go run -C test/foreign ./suite                    all of them, some 15 minutes
//	go run -C test/foreign ./suite -run KeyValue js   some of one package
//
// The packages are core, js and micro. The servers are nats.go's own choice, in the tests'
// process. Nothing of the copies is kept.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
)

func main() {
	pattern := flag.String("run", "", "only the tests that match this `regexp`")
	verbose := flag.Bool("v", false, "show what the tests print")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"core", "js", "micro"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, packages, *pattern, *verbose)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, packages []string, pattern string, verbose bool) error {
	for _, p := range packages {
		if sources[p] == "" {
			return fmt.Errorf("there is no package %q; there are core, js and micro", p)
		}
	}
	explained, err := readExpected()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "suite")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := copyAll(ctx, dir); err != nil {
		return err
	}
	unexplained := 0
	for _, p := range packages {
		r, err := test(ctx, dir, p, pattern, verbose)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		failed := leaves(r.failed)
		fmt.Printf("%s: %d tests, %d fail\n", p, r.tests, len(failed))
		slices.Sort(failed)
		for _, name := range failed {
			why, ok := explained.why(name)
			if !ok {
				unexplained++
				why = "NOT EXPLAINED"
			}
			fmt.Printf("  %s\n      %s\n", name, why)
		}
	}
	if unexplained > 0 {
		return fmt.Errorf("%d failures are not explained; look at one with -v -run", unexplained)
	}
	return nil
}
