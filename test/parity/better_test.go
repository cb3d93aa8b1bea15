package parity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// better are the deliberate differences of one scenario: the lines of the
// diff, and the file that gives the reason for each of them. Since the diff
// must be exactly this one, the file can't go stale on either side.
type better struct {
	file string
	diff []string
}

func (b better) String() string {
	if b.file == "" {
		return "and no file in testdata/better explains it"
	}
	return "but " + b.file + " explains\n" + strings.Join(b.diff, "\n")
}

// readBetter reads the files: blocks with a blank line between them, each a
// line "why: …", which may go on in lines that begin with a space, and then
// the lines of the diff that it explains.
func readBetter(t *testing.T) map[string]better {
	t.Helper()
	paths, err := filepath.Glob("testdata/better/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]better{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := better{file: path}
		for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
			lines := strings.Split(block, "\n")
			if why, ok := strings.CutPrefix(lines[0], "why: "); !ok || strings.TrimSpace(why) == "" {
				t.Fatalf("%s: a block begins with %q and not with its reason, \"why: …\"", path, lines[0])
			}
			for len(lines) > 1 && strings.HasPrefix(lines[1], " ") {
				lines = lines[1:]
			}
			if len(lines) == 1 {
				t.Fatalf("%s: a block explains nothing:\n%s", path, block)
			}
			b.diff = append(b.diff, lines[1:]...)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		all[strings.ReplaceAll(name, "_", " ")] = b
	}
	return all
}
