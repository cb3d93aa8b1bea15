package check

import (
	"fmt"
	"strings"
)

// Result is what a check found.
type Result struct {
	Packages  int       `json:"packages"`  // that were looked at
	Using     int       `json:"using"`     // of them, those that import nats.go
	Libraries []string  `json:"libraries"` // that import it, each with its version
	Replaced  string    `json:"replaced,omitempty"`
	Findings  []Finding `json:"findings"`
}

// shownPlaces is how many places of a name are shown to people.
const shownPlaces = 3

// text is the result for people: with all places, or the first few of each name.
func (r *Result) text(all bool) string {
	if r.Replaced != "" {
		return fmt.Sprintf("nats.go is replaced by %s in this build: there is nothing to check.\n", r.Replaced)
	}
	if r.Using == 0 && len(r.Libraries) == 0 && len(r.Findings) == 0 {
		return fmt.Sprintf("Nothing here imports %s: there is nothing to switch.\n", natsPath)
	}
	return r.places(all) + r.verdict()
}

// places lists the findings as the compiler would.
func (r *Result) places(all bool) string {
	type thing struct{ module, kind, name string }
	of := func(f Finding) thing { return thing{f.Module, f.Kind, f.Name} }
	places, shown := make(map[thing]int), make(map[thing]int)
	for _, f := range r.Findings {
		places[of(f)]++
	}
	var b strings.Builder
	module := ""
	for _, f := range r.Findings {
		t := of(f)
		shown[t]++
		if shown[t] > shownPlaces && !all {
			continue
		}
		if f.Module != module {
			module = f.Module
			fmt.Fprintf(&b, "\nin the library %s\n", module)
		}
		name := f.Name
		if f.Kind != Absent {
			name = written(name)
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s", f.File, f.Line, f.Column, name, f.Text)
		if more := places[t] - shownPlaces; more > 0 && shown[t] == shownPlaces && !all {
			fmt.Fprintf(&b, " (and in %s more, see --all)", plural(more, "place"))
		}
		b.WriteString("\n")
	}
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// verdict says what the findings come to, and how to switch.
func (r *Result) verdict() string {
	stops, differ := 0, 0
	names := make(map[string]bool)
	for _, f := range r.Findings {
		if f.compiles() {
			differ++
		} else {
			stops++
			names[f.Name] = true
		}
	}
	s := fmt.Sprintf("nats.go is imported by %d of %s here and by %s.\n", r.Using, plural(r.Packages, "package"), libraries(len(r.Libraries)))
	switch {
	case stops > 0:
		s += fmt.Sprintf("It doesn't compile with evernats yet: %s, in %s.\n", plural(len(names), "name"), plural(stops, "place"))
	case differ > 0:
		s += "All of it compiles with evernats.\n"
	default:
		s += "All of it can switch to evernats.\n"
	}
	if differ > 0 {
		s += plural(differ, "place") + " would behave differently: look at each.\n"
	}
	if stops == 0 {
		s += r.switching()
	}
	return s
}

// switching are the lines that switch.
func (r *Result) switching() string {
	s := fmt.Sprintf("\nThese two lines switch the whole build:\n\n\tgo mod edit -replace %s=%s@latest\n\tgo mod tidy\n", natsPath, natsgoPath)
	if len(r.Libraries) == 0 {
		s += fmt.Sprintf("\nOr change the import line to %q, since no library shares\nthe connection.\n", oursPath)
	}
	return s
}

func libraries(n int) string {
	switch n {
	case 0:
		return "no library"
	case 1:
		return "1 library"
	}
	return fmt.Sprintf("%d libraries", n)
}

// plural is a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
