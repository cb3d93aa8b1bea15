package builtin

import (
	"fmt"
	"strconv"
)

// DefaultEncoder writes strings and bytes as they are, nil as nothing, and every
// other value as text, the way fmt does. It reads strings, bytes, numbers and
// booleans. Its zero value is ready.
type DefaultEncoder struct{}

// Encode returns the payload for v; its error is always nil.
func (je *DefaultEncoder) Encode(subject string, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil, nil
		}
		return []byte(v), nil
	case []byte:
		return v, nil
	case bool:
		return strconv.AppendBool(nil, v), nil
	case nil:
		return []byte{}, nil
	}
	return fmt.Appendf(nil, "%+v", v), nil
}

// Decode stores data in what vPtr points at: a string, []byte (which then shares
// data's memory), int, int32, int64, float32, float64 or bool. It fails for other
// types, and for text that isn't such a value or is out of its range.
func (je *DefaultEncoder) Decode(subject string, data []byte, vPtr any) error {
	if isNilPointer(vPtr) {
		return fmt.Errorf("nats: Default Encoder can't decode to a nil pointer to %s", typeName(vPtr))
	}
	text := string(data)
	switch p := vPtr.(type) {
	case *string:
		*p = text
	case *[]byte:
		*p = data
	case *int:
		n, err := strconv.ParseInt(text, 10, strconv.IntSize)
		return set(p, int(n), err)
	case *int32:
		n, err := strconv.ParseInt(text, 10, 32)
		return set(p, int32(n), err)
	case *int64:
		n, err := strconv.ParseInt(text, 10, 64)
		return set(p, n, err)
	case *float32:
		n, err := strconv.ParseFloat(text, 32)
		return set(p, float32(n), err)
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		return set(p, n, err)
	case *bool:
		b, err := strconv.ParseBool(text)
		return set(p, b, err)
	default:
		return fmt.Errorf("nats: Default Encoder can't decode to type %s", typeName(vPtr))
	}
	return nil
}

func set[T any](p *T, v T, err error) error {
	if err == nil {
		*p = v
	}
	return err
}
