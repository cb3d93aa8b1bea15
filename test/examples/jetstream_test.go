package examples

import (
	"os/exec"
	"strings"
	"testing"
)

// mixtures are the libraries of two programs that meet at a server.
var mixtures = []struct {
	name  string
	first func(program) func(*testing.T, ...string) *exec.Cmd
	then  func(program) func(*testing.T, ...string) *exec.Cmd
}{
	{"nats.go alone", ofReference, ofReference},
	{"evernats alone", ofOurs, ofOurs},
	{"nats.go, then evernats", ofReference, ofOurs},
	{"evernats, then nats.go", ofOurs, ofReference},
}

// TestJobs puts jobs into a stream with the one library and works on them with the other.
func TestJobs(t *testing.T) {
	jobs := build(t, "jobs")
	for _, mix := range mixtures {
		t.Run(mix.name, func(t *testing.T) {
			url := startServer(t)
			story := output(t, mix.first(jobs)(t, "-url", url, "-add", "pots", "stumble", "pots")) +
				output(t, mix.then(jobs)(t, "-url", url, "-count", "2"))
			const want = `"pots" is job 1, there before: false
"stumble" is job 2, there before: false
"pots" is job 1, there before: true
job 1, try 1: pots
job 2, try 1: stumble
job 2, try 2: stumble
done: 2
`
			if story != want {
				t.Errorf("got\n%s\nwant\n%s", story, want)
			}
		})
	}
}

// TestCache fills a bucket through the copy of the one library, and reads it through the
// other's.
func TestCache(t *testing.T) {
	cache := build(t, "cache")
	for _, mix := range mixtures {
		t.Run(mix.name, func(t *testing.T) {
			url := startServer(t)
			first := mix.first(cache)(t, "-url", url)
			first.Stdin = strings.NewReader("put colour red\nput size 3 or 4\nput colour blue\nget colour\nget shape\nput shape round\ndelete shape\nkeys\n")
			then := mix.then(cache)(t, "-url", url)
			then.Stdin = strings.NewReader("get size\nget colour\nget shape\nfetch shape\nput bad*key x\n")
			story := output(t, first) + output(t, then)
			const want = `ready, with 0 keys
blue
error: nats: key not found
colour size
ready, with 2 keys
3 or 4
blue
error: nats: key not found
error: no command "fetch"
error: nats: invalid key
`
			if story != want {
				t.Errorf("got\n%s\nwant\n%s", story, want)
			}
		})
	}
}

func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
