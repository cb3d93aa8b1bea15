// Package terminal knows what a stream can show: whether it is a terminal, how
// wide, and whether colours are wanted.
package terminal

import (
	"os"

	"golang.org/x/term"
)

// Is says whether the file is a terminal that understands control characters.
func Is(f *os.File) bool {
	return os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Columns is a terminal's width, which may change while it is watched, and 0 when
// it isn't known.
func Columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// Colour says whether what is written to the file may be coloured: on a terminal,
// unless NO_COLOR is set to anything (https://no-color.org).
func Colour(f *os.File) bool { return coloured(Is(f), os.Getenv("NO_COLOR")) }

func coloured(isTerminal bool, noColor string) bool { return isTerminal && noColor == "" }

// Palette colours text. The zero value leaves it as it is.
type Palette struct{ On bool }

// For is the palette for what is written to the file.
func For(f *os.File) Palette { return Palette{Colour(f)} }

// The four kinds of emphasis.
func (p Palette) Bold(s string) string { return p.wrap("1", s) }
func (p Palette) Soft(s string) string { return p.wrap("2", s) }
func (p Palette) Bad(s string) string  { return p.wrap("31", s) }
func (p Palette) Good(s string) string { return p.wrap("32", s) }

func (p Palette) wrap(code, s string) string {
	if !p.On || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
