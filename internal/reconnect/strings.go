package reconnect

var stateNames = [...]string{"Idle", "Connecting", "Connected", "Attempting", "Asking", "Waiting", "Closed"}

func (s State) String() string { return name(stateNames[:], int(s)) }

var failureNames = [...]string{"NoFailure", "Network", "TimedOut", "Stale", "Auth", "TLS", "Protocol", "Refused", "Forced", "Local"}

func (k FailureKind) String() string { return name(failureNames[:], int(k)) }

var eventNames = [...]string{
	"None", "Start", "Established", "Failed", "Lost", "Info", "Timeout",
	"DelayAnswer", "ServerAnswer", "ForceReconnect", "SetPool", "Close",
	"LameDuck", "Migrate", "Ready", "NotReady", "OldFinished", "Stay",
}

func (k EventKind) String() string { return name(eventNames[:], int(k)) }

var actionNames = [...]string{
	"None", "Dial", "Cancel", "Adopt", "Drop", "AskDelay", "AskServer", "StateIs",
	"TellConnected", "TellReconnected", "TellDisconnected", "TellAttemptFailed",
	"TellDiscovered", "TellForgotten", "TellConnectFailed", "TellClosed",
	"Prepare", "Switch", "TellMigrated", "TellMigrationFailed",
}

func (k ActionKind) String() string { return name(actionNames[:], int(k)) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "Unknown"
}
