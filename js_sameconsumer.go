package nats

import (
	"fmt"
	"time"
)

// jsSameConsumer says what of a configuration that is asked for a consumer hasn't. What the
// program leaves at zero it doesn't ask for, save for the policies that it has set.
func jsSameConsumer(has, asked *ConsumerConfig, set jsPoliciesSet) error {
	for _, c := range []error{
		jsDiffers("durable", asked.Durable, has.Durable, asked.Durable != ""),
		jsDiffers("description", asked.Description, has.Description, asked.Description != ""),
		jsDiffers("deliver policy", asked.DeliverPolicy, has.DeliverPolicy, set.deliver || asked.DeliverPolicy != 0),
		jsDiffers("optional start sequence", asked.OptStartSeq, has.OptStartSeq, asked.OptStartSeq > 0),
		jsDiffers("optional start time", jsTime(asked.OptStartTime), jsTime(has.OptStartTime), asked.OptStartTime != nil),
		jsDiffers("ack policy", asked.AckPolicy, has.AckPolicy, set.ack || asked.AckPolicy > 0),
		jsDiffers("ack wait", asked.AckWait, has.AckWait, asked.AckWait > 0),
		jsDiffers("max deliver", asked.MaxDeliver, has.MaxDeliver, asked.MaxDeliver > 0),
		jsDiffers("replay policy", asked.ReplayPolicy, has.ReplayPolicy, set.replay || asked.ReplayPolicy != 0),
		jsDiffers("rate limit", asked.RateLimit, has.RateLimit, asked.RateLimit > 0),
		jsDiffers("sample frequency", asked.SampleFrequency, has.SampleFrequency, asked.SampleFrequency != ""),
		jsDiffers("max waiting", asked.MaxWaiting, has.MaxWaiting, asked.MaxWaiting > 0),
		jsDiffers("max ack pending", asked.MaxAckPending, has.MaxAckPending, asked.MaxAckPending > 0),
		jsDiffers("flow control", asked.FlowControl, has.FlowControl, asked.FlowControl),
		jsDiffers("heartbeat", asked.Heartbeat, has.Heartbeat, asked.Heartbeat > 0),
		jsDiffers("replicas", asked.Replicas, has.Replicas, asked.Replicas > 0),
		jsDiffers("memory storage", asked.MemoryStorage, has.MemoryStorage, asked.MemoryStorage),
	} {
		if c != nil {
			return c
		}
	}
	return nil
}

// jsPoliciesSet says which policies the program has set, since their first values are zero.
type jsPoliciesSet struct{ deliver, ack, replay bool }

func jsDiffers[T comparable](what string, asked, has T, matters bool) error {
	if !matters || asked == has {
		return nil
	}
	return fmt.Errorf("nats: configuration requests %s to be %v, but consumer's value is %v", what, asked, has)
}

func jsTime(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return t.UnixNano()
}

// jsSameFilter says whether a subscription's subject is what a consumer filters by.
func jsSameFilter(has *ConsumerConfig, subject string) bool {
	switch {
	case subject == "":
		return true
	case len(has.FilterSubjects) > 0:
		return len(has.FilterSubjects) == 1 && has.FilterSubjects[0] == subject
	}
	return has.FilterSubject == "" || has.FilterSubject == subject
}
