package reconnect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The promised features are rows 1 to 20; each has a test that names it.
func TestEveryRowHasATest(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	named := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func TestRow(\d\d)`).FindAllStringSubmatch(string(text), -1) {
			named[m[1]] = true
		}
	}
	for row := 1; row <= 20; row++ {
		if !named[fmt.Sprintf("%02d", row)] {
			t.Errorf("no test names row %d", row)
		}
	}
	if len(named) != 20 {
		t.Errorf("%d rows are named, want 20", len(named))
	}
}
