package encoded

import "reflect"

// Pump has publish called with what the program sends on a channel, until that is closed
// or publish fails, which failed is told. It returns false for what is no channel that
// can be read.
func Pump(channel any, publish func(v any) error, failed func(err error)) bool {
	ch := reflect.ValueOf(channel)
	if ch.Kind() != reflect.Chan || ch.Type().ChanDir()&reflect.RecvDir == 0 {
		return false
	}
	go func() {
		for {
			v, ok := ch.Recv()
			if !ok {
				return
			}
			if err := publish(v.Interface()); err != nil {
				failed(err)
				return
			}
		}
	}()
	return true
}

// Into makes a function that decodes a message to a value of the channel's type, and
// waits until that is taken, or over is closed. It returns false when the program has
// closed the channel, and the error of a message that can't be decoded, which is left
// out. It is nil for what is no channel that can be sent to.
func Into[M any](channel any, d Decoder[M]) func(m *M, over <-chan struct{}) (open bool, err error) {
	ch := reflect.ValueOf(channel)
	if ch.Kind() != reflect.Chan || ch.Type().ChanDir()&reflect.SendDir == 0 {
		return nil
	}
	of := ch.Type().Elem()
	return func(m *M, over <-chan struct{}) (open bool, err error) {
		v, err := d.value(m, of)
		if err != nil {
			return true, err
		}
		return send(ch, v, over), nil
	}
}

// send returns false for a channel that is closed.
func send(ch, v reflect.Value, over <-chan struct{}) (open bool) {
	defer func() {
		// Sending to a closed channel panics, and nothing else does here.
		if recover() != nil {
			open = false
		}
	}()
	reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: ch, Send: v},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(over)},
	})
	return true
}
