package terminal

import (
	"os"
	"path/filepath"
	"testing"
)

func TestColourIsForTerminalsAndNotUnderNoColor(t *testing.T) {
	for _, tc := range []struct {
		terminal bool
		noColor  string
		want     bool
	}{{true, "", true}, {true, "1", false}, {true, "0", false}, {false, "", false}, {false, "1", false}} {
		if got := coloured(tc.terminal, tc.noColor); got != tc.want {
			t.Errorf("a terminal: %v, NO_COLOR=%q: %v", tc.terminal, tc.noColor, got)
		}
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Is(f) || Colour(f) || Columns(f) != 0 {
		t.Error("a file is taken for a terminal")
	}
}

func TestPaletteLeavesTextAsItIsWhenOff(t *testing.T) {
	if got := (Palette{}).Bad("lost"); got != "lost" {
		t.Errorf("%q", got)
	}
	if got, want := (Palette{On: true}).Bad("lost"), "\x1b[31mlost\x1b[0m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (Palette{On: true}).Good(""); got != "" {
		t.Errorf("%q for nothing", got)
	}
}
