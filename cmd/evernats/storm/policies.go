package storm

import "time"

// The back-off and spread that are compared when none are asked for.
const (
	comparedBackoffFirst = 100 * time.Millisecond
	comparedBackoffMax   = 10 * time.Second
	comparedSpread       = 5 * time.Second
)

// compared are the policies that --compare puts side by side, made from what the
// command line says: the plain one, the same without jitter, with back-off, and
// with back-off and spread. Where servers say that they leave there is one more, which
// goes before it is sent away.
func compared(p Policy, scenario Scenario) []Policy {
	first, limit, spread := p.BackoffFirst, p.BackoffMax, p.Spread
	if first == 0 {
		first, limit = comparedBackoffFirst, comparedBackoffMax
	}
	if spread == 0 {
		spread = comparedSpread
	}
	plain := p
	plain.Name = "defaults"
	plain.BackoffFirst, plain.BackoffMax, plain.Spread = 0, 0, 0
	plain.Migrate = false

	sharp := plain
	sharp.Name = "no jitter"
	sharp.Jitter, sharp.JitterTLS = 0, 0

	backoff := plain
	backoff.Name = "back-off"
	backoff.BackoffFirst, backoff.BackoffMax = first, limit

	both := backoff
	both.Name = "back-off and spread"
	both.Spread = spread
	all := []Policy{plain, sharp, backoff, both}
	if scenario == Rolling {
		moving := both
		moving.Name = "migrating"
		moving.Migrate = true
		all = append(all, moving)
	}
	return all
}

// comparedRacing are the same policy with and without racing attempts.
func comparedRacing(p Policy) []Policy {
	with, without := p, p
	if with.AttemptDelay <= 0 {
		with.AttemptDelay = 250 * time.Millisecond
	}
	with.Name = "racing"
	without.Name = "one attempt at a time"
	without.AttemptDelay = -1
	return []Policy{with, without}
}
