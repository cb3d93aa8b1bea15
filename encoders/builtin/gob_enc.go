package builtin

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

// GobEncoder writes and reads values with encoding/gob, each message for itself.
// Its zero value is ready.
type GobEncoder struct{}

// Encode returns v as gob. It fails for what gob can't write, nil included.
func (ge *GobEncoder) Encode(subject string, v any) ([]byte, error) {
	if isNilPointer(v) {
		return nil, fmt.Errorf("gob: cannot encode nil pointer of type %T", v)
	}
	b := new(bytes.Buffer)
	if err := gob.NewEncoder(b).Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Decode stores data in what vPtr points at.
func (ge *GobEncoder) Decode(subject string, data []byte, vPtr any) (err error) {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(vPtr)
}
