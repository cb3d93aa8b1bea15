package reconnect

import (
	"fmt"
	"strings"
)

// String is the action as transcripts show it: its kind and the fields that
// matter to it.
func (a Action) String() string {
	var b strings.Builder
	b.WriteString(a.Kind.String())
	if a.Kind == StateIs {
		b.WriteString(" " + a.State.String())
	}
	if a.Attempt != 0 {
		fmt.Fprintf(&b, " attempt=%d", a.Attempt)
	}
	if a.Epoch != 0 {
		fmt.Fprintf(&b, " epoch=%d", a.Epoch)
	}
	if a.Token != 0 {
		fmt.Fprintf(&b, " token=%d", a.Token)
	}
	if a.Passes != 0 {
		fmt.Fprintf(&b, " passes=%d", a.Passes)
	}
	if a.URL != "" {
		b.WriteString(" " + a.URL)
	}
	if a.Advertised != nil {
		b.WriteString(" [" + strings.Join(a.Advertised, " ") + "]")
	}
	if a.Took != 0 {
		b.WriteString(" took=" + a.Took.String())
	}
	if a.Err != nil {
		fmt.Fprintf(&b, " %q", a.Err.Error())
	}
	return b.String()
}

// String is the event as transcripts show it: its kind and the fields that matter to
// it.
func (e Event) String() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Attempt != 0 {
		fmt.Fprintf(&b, " attempt=%d", e.Attempt)
	}
	if e.Epoch != 0 {
		fmt.Fprintf(&b, " epoch=%d", e.Epoch)
	}
	if e.Token != 0 {
		fmt.Fprintf(&b, " token=%d", e.Token)
	}
	if e.URL != "" {
		b.WriteString(" " + e.URL)
	}
	if e.Delay != 0 {
		fmt.Fprintf(&b, " delay=%v", e.Delay)
	}
	if e.URLs != nil {
		b.WriteString(" [" + strings.Join(e.URLs, " ") + "]")
	}
	if e.Advertised != nil {
		b.WriteString(" advertised=[" + strings.Join(e.Advertised, " ") + "]")
	}
	if f := e.Failure; f.Kind != NoFailure || f.Err != nil {
		b.WriteString(" " + f.Kind.String())
		if f.Err != nil {
			fmt.Fprintf(&b, " %q", f.Err.Error())
		}
	}
	return b.String()
}
