package encoded

import "reflect"

// Decoder says how messages become values.
type Decoder[M any] struct {
	Decode   func(m *M, p any) error            // stores the payload in what p points at
	Subjects func(m *M) (subject, reply string) // of a message
}

// value decodes a message to a new value of a type. Encoders write to pointers, so
// for a pointer type it is the pointer that they are given.
func (d Decoder[M]) value(m *M, t reflect.Type) (reflect.Value, error) {
	if t == reflect.TypeFor[*M]() {
		return reflect.ValueOf(m), nil
	}
	of := t
	if t.Kind() == reflect.Pointer {
		of = t.Elem()
	}
	p := reflect.New(of)
	if err := d.Decode(m, p.Interface()); err != nil {
		return reflect.Value{}, err
	}
	if t.Kind() == reflect.Pointer {
		return p, nil
	}
	return p.Elem(), nil
}
