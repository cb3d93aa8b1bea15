package wire

// Kind names a protocol operation.
type Kind uint8

const (
	None Kind = iota
	Info
	Connect
	Pub
	HPub
	Sub
	Unsub
	Msg
	HMsg
	Ping
	Pong
	OK
	Err
)

// Op is one operation. The caller owns it and hands it to Parser.Next to be
// filled. Its slices point into the buffer given to Next and are valid as long
// as those bytes are left alone. Fields that the Kind doesn't have are zero.
type Op struct {
	Kind    Kind
	SID     uint64
	Max     int64  // UNSUB: 0 when absent
	Subject []byte //
	Reply   []byte // nil when absent
	Queue   []byte // SUB: nil when absent
	Header  []byte // HPUB, HMSG: the whole header block, version line and closing empty line included
	Payload []byte // without the header block and the closing CRLF
	Arg     []byte // INFO, CONNECT: the JSON; -ERR: the text without quotes
}
