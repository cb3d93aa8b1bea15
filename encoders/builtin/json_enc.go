package builtin

import (
	"encoding/json"
	"fmt"
)

// JsonEncoder writes and reads values as JSON. Its zero value is ready.
type JsonEncoder struct{}

// Encode returns v as JSON.
func (je *JsonEncoder) Encode(subject string, v any) ([]byte, error) { return json.Marshal(v) }

// Decode stores data in what vPtr points at. A *string gets the payload as it is,
// without the quotes around it if there are any: escapes stay, and it needn't be
// JSON. A *[]byte gets all of the payload, and shares its memory.
func (je *JsonEncoder) Decode(subject string, data []byte, vPtr any) (err error) {
	if isNilPointer(vPtr) {
		return fmt.Errorf("json: Unmarshal(nil %T)", vPtr)
	}
	switch p := vPtr.(type) {
	case *string:
		text := string(data)
		if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
			text = text[1 : n-1]
		}
		*p = text
		return nil
	case *[]byte:
		*p = data
		return nil
	}
	return json.Unmarshal(data, vPtr)
}
