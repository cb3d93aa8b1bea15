package wire

import (
	"strings"
	"testing"
)

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ text, subject, queue, publish string }{
		{`Permissions Violation for Subscription to "foo"`, "foo", "", "-"},
		{`Permissions Violation for Subscription to "foo.>" using queue "q"`, "foo.>", "q", "-"},
		{`permissions violation for SUBSCRIPTION TO "Foo" Using Queue "Q"`, "Foo", "Q", "-"},
		{`Permissions Violation for Subscription to "foo`, "foo", "", "-"},
		{`Permissions Violation for Subscription to foo`, "", "", "-"},
		{`Permissions Violation for Subscription to `, "", "", "-"},
		{`Permissions Violation for Publish to "bar"`, "-", "", "bar"},
		{`Permissions Violation`, "-", "", "-"},
		{``, "-", "", "-"},
		// Longer in lower case.
		{strings.Repeat("\xff", 99) + ` Subscription to "a" using queue "q"`, "a", "q", "-"},
		{strings.Repeat("Ⱥ", 99) + ` Publish to "a"`, "-", "", "a"},
	} {
		subject, queue, ok := SubscriptionDenied(c.text)
		if !ok {
			subject = "-"
		}
		publish, ok := PublishDenied(c.text)
		if !ok {
			publish = "-"
		}
		if subject != c.subject || queue != c.queue || publish != c.publish {
			t.Errorf("%q: subject %q, queue %q, published to %q", c.text, subject, queue, publish)
		}
	}
}
