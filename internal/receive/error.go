package receive

// Error says what is wrong with a call. Which error a program finds, its owner says.
type Error uint8

const (
	BadSubscription    Error = iota + 1 // it has ended, or was never made
	ConnectionClosed                    // it has ended with its connection
	ConnectionDraining                  // which takes no more subscriptions
	MaxMessages                         // its auto-unsubscribe count is used up
	SlowConsumer                        // messages were dropped
	HasHandler                          // its messages go to a handler
	HasChannel                          // they go to a channel of the program's
	NoMessage                           // none came in time
	BadLimit                            // zero
	Poisonous                           // it isn't made any more: connections ended over it
)

var errorTexts = [...]string{
	BadSubscription: "the subscription has ended", ConnectionClosed: "the connection is closed",
	ConnectionDraining: "the connection drains", MaxMessages: "all messages were delivered",
	SlowConsumer: "messages were dropped", HasHandler: "the subscription has a handler",
	HasChannel: "the subscription has a channel", NoMessage: "no message came in time",
	BadLimit: "zero is no limit", Poisonous: "connections ended over the subscription",
}

func (e Error) Error() string { return errorTexts[e] }
