package outbound

// Seq returns the sequence number of the newest message, see Span.
func (b *Buffer) Seq() uint64 { return b.appended.Msgs }
