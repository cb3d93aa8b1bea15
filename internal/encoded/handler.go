package encoded

import "reflect"

// Handler makes of the program's function cb one that takes messages, and returns the
// error of one that can't be decoded, for which cb isn't called. cb takes a value, behind
// the subject, or behind subject and reply, if it likes. It returns nil for a cb that
// isn't such a function.
func Handler[M any](cb any, d Decoder[M]) func(m *M) error {
	fn := reflect.ValueOf(cb)
	if fn.Kind() != reflect.Func || fn.IsNil() {
		return nil
	}
	t := fn.Type()
	if t.IsVariadic() || t.NumIn() < 1 || t.NumIn() > 3 {
		return nil
	}
	last := t.NumIn() - 1
	for i := range last {
		if t.In(i).Kind() != reflect.String {
			return nil
		}
	}
	of := t.In(last)
	return func(m *M) error {
		v, err := d.value(m, of)
		if err != nil {
			return err
		}
		subject, reply := d.Subjects(m)
		args := make([]reflect.Value, 0, 3)
		for i, text := range []string{subject, reply}[:last] {
			args = append(args, reflect.ValueOf(text).Convert(t.In(i)))
		}
		fn.Call(append(args, v))
		return nil
	}
}
