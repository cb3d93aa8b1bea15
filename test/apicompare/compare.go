package apicompare

import (
	"fmt"
	"slices"
	"strings"
)

// AllowList maps a declaration of the reference to the reason why it is
// missing or different here.
type AllowList map[string]string

// Has tells whether line is explained.
func (a AllowList) Has(line string) bool { _, ok := a[line]; return ok }

// ParseAllowList reads lines of the form "declaration # reason". Blank lines
// and lines that start with # are comments.
func ParseAllowList(text string) (AllowList, error) {
	list := AllowList{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		decl, reason, ok := strings.Cut(line, " # ")
		decl, reason = strings.TrimSpace(decl), strings.TrimSpace(reason)
		if !ok || reason == "" {
			return nil, fmt.Errorf("allow-list line %d: %q has no reason; write \"declaration # reason\"", i+1, line)
		}
		if list.Has(decl) {
			return nil, fmt.Errorf("allow-list line %d: %q stands there twice", i+1, decl)
		}
		list[decl] = reason
	}
	return list, nil
}

// Compare returns one sentence for each line of reference that ours lacks and
// allowed doesn't explain, and for each entry of allowed that explains nothing.
// What ours has beyond the reference is no difference.
func Compare(reference, ours []string, allowed AllowList) []string {
	var problems []string
	used := map[string]bool{}
	for _, line := range reference {
		if slices.Contains(ours, line) {
			continue
		}
		if allowed.Has(line) {
			used[line] = true
			continue
		}
		if got := named(ours, Name(line)); len(got) > 0 {
			problems = append(problems, fmt.Sprintf("different: %s\n  here it is: %s", line, strings.Join(got, "; ")))
		} else {
			problems = append(problems, "missing: "+line)
		}
	}
	var unused []string
	for line := range allowed {
		if !used[line] {
			unused = append(unused, "the allow-list explains a difference that isn't there: "+line)
		}
	}
	slices.Sort(unused)
	return append(problems, unused...)
}

// named returns the lines that declare name.
func named(lines []string, name string) []string {
	var found []string
	for _, line := range lines {
		if Name(line) == name {
			found = append(found, line)
		}
	}
	return found
}
