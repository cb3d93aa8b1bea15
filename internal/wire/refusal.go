package wire

import "strings"

// What a server says in -ERR when it refuses something.

// SubscriptionDenied finds the subscription in a text like
//
//	Permissions Violation for Subscription to "foo" using queue "q"
func SubscriptionDenied(text string) (subject, queue string, ok bool) {
	rest, ok := behind(text, "subscription to ")
	if !ok {
		return "", "", false
	}
	subject, rest = unquoted(rest)
	if rest, ok := behind(rest, "queue "); ok {
		queue, _ = unquoted(rest)
	}
	return subject, queue, true
}

// PublishDenied finds the subject in a text like
//
//	Permissions Violation for Publish to "foo"
func PublishDenied(text string) (subject string, ok bool) {
	rest, ok := behind(text, "publish to ")
	if !ok {
		return "", false
	}
	subject, _ = unquoted(rest)
	return subject, true
}

// behind returns what follows some words, in whatever case they are written. It looks
// at the text as it is: turned to lower case it may be longer.
func behind(text, words string) (rest string, ok bool) {
	for i := range len(text) - len(words) + 1 {
		if end := i + len(words); strings.EqualFold(text[i:end], words) {
			return text[end:], true
		}
	}
	return "", false
}

// unquoted cuts a quoted word off the front.
func unquoted(s string) (word, rest string) {
	if s == "" || s[0] != '"' {
		return "", s
	}
	s = s[1:]
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}
