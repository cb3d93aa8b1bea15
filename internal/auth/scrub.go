package auth

import "strings"

const (
	scrubbed   = "xxxxx"
	shortest   = 4  // of a secret that is looked for: less is in many a word
	seedLength = 58 // of an nkey's seed in text
	jwtLength  = 12 // of what is taken for a part of a JWT, which begins like no word
)

// Scrub takes secrets out of a text that somebody else wrote and that people are
// shown: the given ones, and whatever looks like a JWT or the seed of an nkey. A
// secret of less than four bytes isn't looked for.
func Scrub(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= shortest {
			text = strings.ReplaceAll(text, s, scrubbed)
		}
	}
	text = scrubWords(text, "eyJ", func(w string) bool { return len(w) >= jwtLength })
	return scrubWords(text, "S", func(w string) bool { return len(w) >= seedLength && w == strings.ToUpper(w) })
}

// ScrubError is an error that quotes what somebody else wrote, without the secrets in it.
func ScrubError(err error, secrets ...string) error {
	text := err.Error()
	if clean := Scrub(text, secrets...); clean != text {
		return &scrubbedError{clean, err}
	}
	return err
}

type scrubbedError struct {
	text string
	err  error
}

func (e *scrubbedError) Error() string { return e.text }

func (e *scrubbedError) Unwrap() error { return e.err }

// scrubWords replaces the words that begin so and are meant.
func scrubWords(text, begin string, meant func(string) bool) string {
	for from := 0; ; {
		i := strings.Index(text[from:], begin)
		if i < 0 {
			return text
		}
		i += from
		end := i
		for end < len(text) && inToken(text[end]) {
			end++
		}
		if from = end; meant(text[i:end]) {
			text = text[:i] + scrubbed + text[end:]
			from = i + len(scrubbed)
		} else if end == i {
			from = i + len(begin)
		}
	}
}

// inToken says whether a byte may be part of a JWT or a seed.
func inToken(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}
