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
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
)

func main() {
	run := flag.String("run", "", "only the tests that match this `regexp`")
	verbose := flag.Bool("v", false, "show what the tests print")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"core", "js", "micro"}
	}
	for _, p := range packages {
		if sources[p] == "" {
			fail(fmt.Errorf("there is no package %q; there are core, js and micro", p))
		}
	}
	explained, err := readExpected()
	if err != nil {
		fail(err)
	}
	dir, err := os.MkdirTemp("", "suite")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() {
		<-stop
		os.RemoveAll(dir)
		os.Exit(1)
	}()
	if err := copyAll(dir); err != nil {
		os.RemoveAll(dir)
		fail(err)
	}
	unexplained := 0
	for _, p := range packages {
		r, err := test(dir, p, *run, *verbose)
		if err != nil {
			os.RemoveAll(dir)
			fail(fmt.Errorf("%s: %w", p, err))
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
		os.RemoveAll(dir)
		fail(fmt.Errorf("%d failures are not explained; look at one with -v -run", unexplained))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "suite:", err)
	os.Exit(1)
}
