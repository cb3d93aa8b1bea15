package check

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

const (
	natsPath   = "github.com/nats-io/nats.go"
	oursPath   = "github.com/evernats/nats"
	natsgoPath = oursPath + "/natsgo"
)

// Config says what to check.
type Config struct {
	Patterns []string // packages, as the go command takes them; none: ./...
	Dir      string   // where; empty: here
	Tests    bool     // with their tests
	Deps     bool     // with the libraries that import nats.go
}

// loaded is what the check looks at: packages that import nats.go, and those that
// may have a connection from one that does.
type loaded struct {
	own, libraries []*packages.Package
	replaced       string // what stands in nats.go's place already
	packages       int    // how many there are, those that don't import it too
}

// load loads and type-checks.
func load(cfg Config) (*loaded, error) {
	patterns := cfg.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	// The outline first: it is quick, and says which libraries import nats.go.
	outline, err := list(cfg, packages.NeedName|packages.NeedImports|packages.NeedDeps|packages.NeedModule|packages.NeedFiles, patterns)
	if err != nil {
		return nil, err
	}
	l := &loaded{packages: distinct(outline)}
	var libraries []string
	roots := make(map[string]bool)
	for _, p := range outline {
		roots[p.PkgPath] = true
	}
	reach := reaching(outline, func(p *packages.Package) bool { return cfg.Deps || roots[p.PkgPath] })
	packages.Visit(outline, nil, func(p *packages.Package) {
		if p.Module != nil && p.Module.Path == natsPath {
			if r := p.Module.Replace; r != nil {
				l.replaced = r.Path
			}
		} else if reach[p.ID] && !roots[p.PkgPath] && !slices.Contains(libraries, p.PkgPath) {
			libraries = append(libraries, p.PkgPath)
		}
	})
	full := packages.LoadSyntax | packages.NeedModule
	reached := func(p *packages.Package) bool { return reach[p.ID] }
	if slices.ContainsFunc(outline, reached) {
		if l.own, err = list(cfg, full, patterns); err != nil {
			return nil, err
		}
		l.own = slices.DeleteFunc(l.own, func(p *packages.Package) bool { return !reach[p.ID] })
	}
	if cfg.Deps && len(libraries) > 0 {
		cfg.Tests = false // theirs are their affair
		if l.libraries, err = list(cfg, full, libraries); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// list loads packages, and fails if there are none or one is broken.
func list(cfg Config, mode packages.LoadMode, patterns []string) ([]*packages.Package, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: mode, Dir: cfg.Dir, Tests: cfg.Tests, Env: os.Environ()}, patterns...)
	if err != nil {
		return nil, err
	}
	if err := broken(pkgs); err != nil {
		return nil, err
	}
	// Each test binary's main package is the go command's.
	pkgs = slices.DeleteFunc(pkgs, func(p *packages.Package) bool { return strings.HasSuffix(p.ID, ".test") })
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("%w %s", errNoPackages, strings.Join(patterns, " "))
	}
	return pkgs, nil
}

// broken is what the go command and the compiler say against packages, the first
// few of it.
func broken(pkgs []*packages.Package) error {
	var errs, vague []error
	seen := make(map[string]bool)
	for _, p := range pkgs {
		for _, err := range p.Errors {
			switch {
			case seen[err.Error()]: // of the package with its tests, once more
			case err.Pos == "" || err.Pos == "-":
				// The go command's account of what the compiler said.
				vague = append(vague, errors.New(err.Msg))
			default:
				errs = append(errs, err)
			}
			seen[err.Error()] = true
		}
	}
	if len(errs) == 0 {
		errs = vague
	}
	const shown = 5
	if more := len(errs) - shown; more > 0 {
		errs = append(errs[:shown], fmt.Errorf("and %s more", plural(more, "error")))
	}
	return errors.Join(errs...)
}

// reaching are the IDs of the packages outside of nats.go that import it, and of
// those that import one of them, through packages that are looked through.
func reaching(from []*packages.Package, through func(*packages.Package) bool) map[string]bool {
	reach := make(map[string]bool)
	packages.Visit(from, nil, func(p *packages.Package) { // imports first
		if within(p.PkgPath, natsPath) {
			return
		}
		if usesNATS(p) {
			reach[p.ID] = true
		}
		for _, q := range p.Imports {
			if reach[q.ID] && through(q) {
				reach[p.ID] = true
			}
		}
	})
	return reach
}

// usesNATS tells whether a package outside of nats.go imports something of it.
func usesNATS(p *packages.Package) bool {
	if within(p.PkgPath, natsPath) {
		return false
	}
	for path := range p.Imports {
		if within(path, natsPath) {
			return true
		}
	}
	return false
}

func within(path, module string) bool {
	return path == module || strings.HasPrefix(path, module+"/")
}
