package check

import (
	_ "embed"
	"fmt"
	"strings"
)

// What this library has of nats.go's API, so that the command needs neither's
// source. Generated, see test/natsgo.
//
//go:embed names.txt
var namesText string

// Where this library behaves differently though the name is the same. Each line is
// a kind, a name and what to know:
//
//	compare NAME text   an error that is compared or looked for with errors.Is
//	use NAME text       whatever the program does with the name
//
//go:embed differences.txt
var differencesText string

// api is what is known of this library. Names are as nameOf returns them.
type api struct {
	packages map[string]bool   // below nats.go's path: "", "micro"
	names    map[string]bool   // "Connect", "Conn.Publish", "Options.Url", "micro.Service.Stop"
	unkeyed  map[string]bool   // structs whose fields are others, or in another order
	compared map[string]string // errors that come on other occasions
	used     map[string]string // names that mean something else
}

func knownAPI() (*api, error) {
	a := &api{packages: map[string]bool{"": true}, names: map[string]bool{}, unkeyed: map[string]bool{}, compared: map[string]string{}, used: map[string]string{}}
	for line := range content(namesText) {
		switch kind, name, _ := strings.Cut(line, " "); kind {
		case "unkeyed":
			a.unkeyed[name] = true
		case "package":
			a.packages[name] = true
		default:
			a.names[line] = true
		}
	}
	for line := range content(differencesText) {
		kind, rest, _ := strings.Cut(line, " ")
		name, text, _ := strings.Cut(rest, " ")
		into := map[string]map[string]string{"compare": a.compared, "use": a.used}[kind]
		if into == nil || text == "" || !a.names[name] {
			return nil, fmt.Errorf("differences.txt: %q isn't a kind, a name of the API and a text", line)
		}
		into[name] = text
	}
	return a, nil
}

// content yields the lines that say something.
func content(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !yield(line) {
				return
			}
		}
	}
}
