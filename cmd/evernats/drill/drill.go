package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evernats/nats"
)

// ownServers is how many servers a program finds when none are given.
const ownServers = 3

// Run plays the scenarios one after the other. When ctx ends, the report has those
// that were through.
func Run(ctx context.Context, cfg Config, show func(string)) (*Report, error) {
	n, err := newNetwork()
	if err != nil {
		return nil, err
	}
	defer n.close()
	t := &cfg.Target
	report := &Report{
		Version: nats.Version, Servers: t.shown(), Options: string(cfg.Options), Everywhere: cfg.Everywhere, Rate: cfg.Rate,
		Outage: ms(cfg.Outage), Patience: ms(cfg.Patience),
	}
	var own *ownCluster
	if t.embedded() {
		if own, err = startOwn(ctx, ownServers); err != nil {
			return nil, err
		}
		defer own.c.Close()
		t = own.target()
	}
	libs := []lib{ours}
	if cfg.Compare {
		libs = append(libs, theirs)
	}
	chosen := cfg.chosen()
	for i, sc := range chosen {
		found := Scenario{Name: sc.name, What: sc.what}
		for _, l := range libs {
			show(fmt.Sprintf("— %d/%d %s, %s", i+1, len(chosen), sc.name, l.name))
			r, err := play(ctx, &cfg, t, l, n, own, sc, show)
			if ctx.Err() != nil {
				report.Interrupted = true
				return report, nil // what wasn't through would mislead
			}
			if err != nil {
				return nil, err
			}
			found.Runs = append(found.Runs, r)
		}
		report.Scenarios = append(report.Scenarios, found)
	}
	return report, nil
}

func (cfg *Config) chosen() []scenario {
	var chosen []scenario
	for _, sc := range scenarios {
		named := len(cfg.Scenarios) == 0 || slices.Contains(cfg.Scenarios, sc.name)
		if named && (cfg.Target.embedded() || !sc.own) {
			chosen = append(chosen, sc)
		}
	}
	return chosen
}

func names(own bool) []string {
	var names []string
	for _, sc := range scenarios {
		if own || !sc.own {
			names = append(names, sc.name)
		}
	}
	return names
}

// check finds what can't be done.
func (cfg *Config) check() error {
	if err := cfg.Target.check(); err != nil {
		return err
	}
	for _, name := range cfg.Scenarios {
		i := slices.IndexFunc(scenarios, func(sc scenario) bool { return sc.name == name })
		if i < 0 {
			return fmt.Errorf("--scenario %s: there are %s", name, strings.Join(names(true), ", "))
		}
		if scenarios[i].own && !cfg.Target.embedded() {
			return fmt.Errorf("--scenario %s: only without --server and --context, since your servers aren't touched", name)
		}
	}
	within := func(flag string, d, least, most time.Duration) error {
		if d < least || d > most {
			return fmt.Errorf("%s %v: from %v to %v", flag, d, least, most)
		}
		return nil
	}
	switch {
	case cfg.Rate < 20 || cfg.Rate > 20_000:
		return fmt.Errorf("--rate %d: from 20 to 20000", cfg.Rate)
	case cfg.Subject == "" || strings.ContainsAny(cfg.Subject, " \t\r\n*>") || strings.HasPrefix(cfg.Subject, ".") || strings.HasSuffix(cfg.Subject, "."):
		return fmt.Errorf("--subject %q: a subject without wildcards, such as evernats.drill", cfg.Subject)
	}
	if err := within("--outage", cfg.Outage, 100*time.Millisecond, 10*time.Minute); err != nil {
		return err
	}
	return within("--patience", cfg.Patience, time.Second, 15*time.Minute)
}
