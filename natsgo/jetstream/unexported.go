package jetstream

// pullMaxMessagesWithBytesLimit stands for a type that nats.go and this library don't
// export, and return: it is what a program can do with a value of it.
type pullMaxMessagesWithBytesLimit interface {
	PullConsumeOpt
	PullMessagesOpt
}
