package handover

// Error says why a link can't take over. Which error a program finds, its owner says.
type Error uint8

const (
	Unproven Error = iota + 1 // the servers haven't shown in time that they are joined
	TooMany                   // more messages came in than can be compared
	GivenUp                   // nobody wants the move any more
	NotNow                    // subscriptions are suspect, or the old link has ended
)

var errorTexts = [...]string{
	Unproven: "the servers aren't joined, or are too slow", TooMany: "too many messages to compare",
	GivenUp: "the move was given up", NotNow: "no move is possible now",
}

func (e Error) Error() string { return "handover: " + errorTexts[e] }
