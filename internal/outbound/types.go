package outbound

// Config is fixed for the life of a Buffer.
type Config struct {
	// ChunkSize is the size of the pieces the buffer is made of; 0 means 32 KiB.
	ChunkSize int
	// Hold keeps written frames until a PONG confirms them.
	Hold bool
	// TTL is the age at which Expire will be asked to drop messages, in the unit
	// of Stamp; 0 means that Stamp and Expire aren't used. Messages that were
	// appended within TTL/16 of each other expire together, with the youngest.
	TTL int64
}

// Count is a number of messages and the bytes of their frames.
type Count struct {
	Msgs  uint64
	Bytes uint64
}

func (c Count) plus(d Count) Count  { return Count{c.Msgs + d.Msgs, c.Bytes + d.Bytes} }
func (c Count) minus(d Count) Count { return Count{c.Msgs - d.Msgs, c.Bytes - d.Bytes} }

// Span is a run of messages. First and Last are sequence numbers: the n-th
// message ever appended has number n. Messages dropped earlier may be missing
// between them. All is zero when Msgs is.
type Span struct {
	Count
	First, Last uint64
}

func (s *Span) add(first uint64, n Count) {
	if n.Msgs == 0 {
		return
	}
	if s.Msgs == 0 {
		s.First = first
	}
	s.Last = first + n.Msgs - 1
	s.Count = s.plus(n)
}

// Dropped is one message that was taken out of the queue.
type Dropped struct {
	Seq     uint64 // sequence number, see Span
	Subject string
	Reply   string
	Size    int   // header and payload
	Err     error // what keep said, or ErrPoison
}

// Loss is what the end of a connection meant for the queue.
type Loss struct {
	// Doubt are the messages that were written whole and not confirmed. With
	// Hold they are queued again.
	Doubt Span
	// Unanswered are the tags of the fences that vanished, in order.
	Unanswered []uint64
	// Poison is the message that was taken out because three connections ended
	// over it, else nil. Of the messages in doubt it is the first, or it follows
	// them, if it was cut.
	Poison *Dropped
	// Parts says how far the prefix got, if TryParts was called for it.
	Parts Parts
}

// Parts says how far a prefix got whose parts were tried.
type Parts struct {
	Tried  bool
	Passed int  // parts that the server has answered for
	Alone  bool // the next one went out, at least partly, after all before it was answered
}

// Totals says where everything that was ever appended is. Appended is the sum of
// the others.
type Totals struct {
	Appended    Count // its Msgs is the sequence number of the newest message
	Queued      Count // not written, or only in part
	Unconfirmed Count // written whole on this connection, unconfirmed
	Confirmed   Count
	InDoubt     Count // reported by Disconnected without Hold, or left by Close
	Dropped     Count // reported by Connected, Disconnected, DropOldest, Expire, Withdraw or Close

	// ConfirmedSeq is the sequence number up to which the newest answered fence
	// vouches: every message up to it was confirmed, or reported as dropped or in
	// doubt before.
	ConfirmedSeq uint64
}
