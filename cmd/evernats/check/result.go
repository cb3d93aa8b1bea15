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

// text is the result for people.
func (r *Result) text() string {
	var b strings.Builder
	if r.Replaced != "" {
		fmt.Fprintf(&b, "nats.go is replaced by %s in this build: there is nothing to check.\n", r.Replaced)
		return b.String()
	}
	if r.Using == 0 && len(r.Libraries) == 0 {
		fmt.Fprintf(&b, "Nothing here imports %s: there is nothing to switch.\n", natsPath)
		return b.String()
	}
	module, stops, differ := "", 0, 0
	for _, f := range r.Findings {
		if f.Module != module {
			module = f.Module
			fmt.Fprintf(&b, "\nin the library %s\n", module)
		}
		name := f.Name
		if f.Kind != Absent {
			name = "nats." + name
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s\n", f.File, f.Line, f.Column, name, f.Text)
		if f.compiles() {
			differ++
		} else {
			stops++
		}
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "nats.go is imported by %d of %s here and by %s.\n", r.Using, plural(r.Packages, "package"), libraries(len(r.Libraries)))
	switch {
	case stops > 0 && differ > 0:
		fmt.Fprintf(&b, "%s would not compile with evernats yet, %s would behave differently.\n", plural(stops, "place"), plural(differ, "place"))
	case stops > 0:
		fmt.Fprintf(&b, "%s would not compile with evernats yet.\n", plural(stops, "place"))
	case differ > 0:
		fmt.Fprintf(&b, "All of it compiles with evernats. %s would behave differently: look at each.\n", plural(differ, "place"))
	default:
		b.WriteString("All of it can switch to evernats.\n")
	}
	if stops == 0 {
		b.WriteString(r.switching())
	}
	return b.String()
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
