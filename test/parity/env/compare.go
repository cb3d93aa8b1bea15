package env

import (
	"fmt"
	"slices"
)

// flusherError is what the reference may or may not tell the error handler, beside
// the disconnect handler, when a connection is lost.
const flusherError = "error: <connection lost>"

// Compare tells how ours differs from the reference, as the lines of a diff:
// those of the reference alone begin with "- ", ours with "+ ".
func Compare(reference, ours []Lane) []string {
	var diff []string
	var names []string
	for _, lane := range slices.Concat(reference, ours) {
		if !slices.Contains(names, lane.Name) {
			names = append(names, lane.Name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		walk(entries(reference, name), entries(ours, name), func(ref, our *Entry) {
			switch {
			case our == nil && ref.String() == flusherError:
				// It depends on the moment whether its writer meets the loss first.
			case our == nil:
				diff = append(diff, fmt.Sprintf("- %s: %s", name, ref))
			case ref == nil:
				diff = append(diff, fmt.Sprintf("+ %s: %s", name, our))
			}
		})
	}
	return diff
}

// Wordings lists the errors that are the same to a program which asks
// errors.Is, but not to one that compares with == or reads the text.
func Wordings(reference, ours []Lane) []string {
	var found []string
	for _, lane := range reference {
		walk(lane.Entries, entries(ours, lane.Name), func(ref, our *Entry) {
			if ref == nil || our == nil || ref.Err == nil || ref.Full() == our.Full() {
				return
			}
			found = append(found, fmt.Sprintf("%s\n  nats.go:  %s\n  evernats: %s", ref.Text, ref.Err.Text, our.Err.Text))
		})
	}
	return found
}

func entries(lanes []Lane, name string) []Entry {
	for _, lane := range lanes {
		if lane.Name == name {
			return lane.Entries
		}
	}
	return nil
}

// walk shows the two sequences side by side, with the longest common one in
// step: an entry that only one side has comes with nil.
func walk(ref, our []Entry, visit func(ref, our *Entry)) {
	// common[i][j] is the length of the longest common sequence of ref[i:] and
	// our[j:].
	common := make([][]int, len(ref)+1)
	for i := range common {
		common[i] = make([]int, len(our)+1)
	}
	for i := len(ref) - 1; i >= 0; i-- {
		for j := len(our) - 1; j >= 0; j-- {
			if same(ref[i], our[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(ref) || j < len(our) {
		switch {
		case i < len(ref) && j < len(our) && same(ref[i], our[j]):
			visit(&ref[i], &our[j])
			i, j = i+1, j+1
		case j == len(our) || i < len(ref) && common[i+1][j] >= common[i][j+1]:
			visit(&ref[i], nil)
			i++
		default:
			visit(nil, &our[j])
			j++
		}
	}
}

// same holds when a program that relies on the reference's entry can rely on
// ours: an error may say more, and be more, but never be less.
func same(ref, our Entry) bool {
	if ref.Text != our.Text || (ref.Err == nil) != (our.Err == nil) {
		return false
	}
	if ref.Err == nil {
		return true
	}
	r, o := ref.Err, our.Err
	switch {
	case r.Text == "" || o.Text == "":
		return r.Text == o.Text
	case len(r.Sentinels) > 0:
		return subset(r.Sentinels, o.Sentinels)
	case len(r.Classes) > 0:
		return subset(r.Classes, o.Classes)
	}
	// Nothing but its words tells this error apart in nats.go, so that there
	// is nothing for a program to test.
	return true
}

func subset(small, large []string) bool {
	return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(large, s) })
}
