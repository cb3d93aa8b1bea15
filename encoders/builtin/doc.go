// Package builtin has the encoders that an encoded connection knows without being
// told: [DefaultEncoder], [GobEncoder] and [JsonEncoder], as "default", "gob" and
// "json".
//
// Deprecated: encoded connections are deprecated; encode in your program.
package builtin

import "reflect"

// typeName is the name of what a pointer points at; of anything else its own.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	switch {
	case t == nil:
		return "nil"
	case t.Kind() == reflect.Pointer:
		return t.Elem().String()
	}
	return t.String()
}

func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}
