package builtin

import (
	"reflect"
	"strings"
	"testing"
)

type encoder interface {
	Encode(subject string, v any) ([]byte, error)
	Decode(subject string, data []byte, vPtr any) error
}

type item struct {
	N int
	S string
}

// What an encoder has written it reads again.
func TestRoundTrips(t *testing.T) {
	values := map[string][]any{
		"default": {"text", "", []byte("bytes"), 1, int32(-2), int64(3), float32(1.5), 2.5, true, false},
		"json":    {"text", "", 1, uint8(2), 2.5, true, item{1, "x"}, []int{1, 2}, map[string]int{"a": 1}},
		"gob":     {"text", []byte("bytes"), 1, uint8(2), 2.5, true, item{1, "x"}, []int{1, 2}, map[string]int{"a": 1}},
	}
	for name, enc := range map[string]encoder{"default": &DefaultEncoder{}, "json": &JsonEncoder{}, "gob": &GobEncoder{}} {
		for _, v := range values[name] {
			data, err := enc.Encode("s", v)
			if err != nil {
				t.Errorf("%s: encode %#v: %v", name, v, err)
				continue
			}
			got := reflect.New(reflect.TypeOf(v))
			if err := enc.Decode("s", data, got.Interface()); err != nil || !reflect.DeepEqual(got.Elem().Interface(), v) {
				t.Errorf("%s: %#v became %#v: %v", name, v, got.Elem(), err)
			}
		}
	}
}

// No payload and no target ends the program.
func TestDecodeNeverPanics(t *testing.T) {
	targets := []any{nil, 3, "x", item{}, (*string)(nil), (*int)(nil), (*[]byte)(nil), (*item)(nil), new(chan int), new(func())}
	for name, enc := range map[string]encoder{"default": &DefaultEncoder{}, "json": &JsonEncoder{}, "gob": &GobEncoder{}} {
		for _, target := range targets {
			for _, data := range []string{"", "1", `"`, `"x"`, "{", "null"} {
				if name == "json" && data == "null" || name == "gob" && target == nil {
					continue // null fits everything; gob takes nil as a wish to skip
				}
				if err := enc.Decode("s", []byte(data), target); err == nil {
					t.Errorf("%s: %q to %T worked", name, data, target)
				}
			}
		}
	}
}

// A number that its type can't hold is no other number, and changes nothing.
func TestDefaultEncoderRefusesOverflow(t *testing.T) {
	i32, f32 := int32(1), float32(1)
	for data, target := range map[string]any{"2147483648": &i32, "1e300": &f32} {
		if err := (&DefaultEncoder{}).Decode("s", []byte(data), target); err == nil {
			t.Errorf("%s to %T worked", data, target)
		}
	}
	if i32 != 1 || f32 != 1 {
		t.Errorf("left %d and %v", i32, f32)
	}
}

func TestDecodeErrorsNameTheType(t *testing.T) {
	err := (&DefaultEncoder{}).Decode("s", nil, new(item))
	if err == nil || !strings.Contains(err.Error(), "builtin.item") {
		t.Errorf("the error is %v", err)
	}
}
