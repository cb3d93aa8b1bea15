package nats

import (
	"errors"
	"fmt"

	"github.com/nats-io/nuid"
)

// What the server is to do with a consumer's configuration.
const (
	jsCreate = "create"
	jsAny    = ""
)

type jsConsumerRequest struct {
	Stream string          `json:"stream_name"`
	Config *ConsumerConfig `json:"config"`
	Action string          `json:"action,omitempty"`
}

type jsConsumerResponse struct {
	jsResponse
	*ConsumerInfo
}

// jsShortName makes up a name for a consumer, as short as those that a server makes up. All of
// it is random, as the beginning of each new generator's ids is.
func jsShortName() string { return nuid.New().Next()[:8] }

func (js *jsContext) AddConsumer(stream string, cfg *ConsumerConfig, opts ...JSOpt) (*ConsumerInfo, error) {
	if cfg == nil {
		cfg = &ConsumerConfig{}
	}
	name := cfg.Name
	if name == "" {
		name = cfg.Durable
	}
	if name != "" && !jsBadName(name) {
		info, err := js.ConsumerInfo(stream, name, opts...)
		switch {
		case err == nil:
			if err := jsSameConsumer(&info.Config, cfg, jsPoliciesSet{true, true, true}); err != nil {
				return nil, fmt.Errorf("%w: creating consumer %q on stream %q", ErrConsumerNameAlreadyInUse, name, stream)
			}
			return info, nil
		case !errors.Is(err, ErrConsumerNotFound) && !errors.Is(err, ErrStreamNotFound):
			return nil, err
		}
	}
	return js.putConsumer(stream, name, cfg, jsCreate, opts)
}

func (js *jsContext) UpdateConsumer(stream string, cfg *ConsumerConfig, opts ...JSOpt) (*ConsumerInfo, error) {
	if err := jsCheckStream(stream); err != nil {
		return nil, err
	}
	if cfg == nil {
		return nil, ErrConsumerConfigRequired
	}
	name := cfg.Name
	if name == "" {
		name = cfg.Durable
	}
	if name == "" {
		return nil, ErrConsumerNameRequired
	}
	return js.putConsumer(stream, name, cfg, jsAny, opts)
}

// putConsumer makes or changes a consumer.
func (js *jsContext) putConsumer(stream, name string, cfg *ConsumerConfig, action string, opts []JSOpt) (*ConsumerInfo, error) {
	if err := jsCheckStream(stream); err != nil {
		return nil, err
	}
	c := *cfg
	nameless := name == ""
	if nameless {
		// So that a request that is made again makes no second one.
		name = jsShortName()
		c.Name = name
	}
	if jsBadName(name) {
		return nil, ErrInvalidConsumerName
	}
	if c.FilterSubject != "" && len(c.FilterSubjects) > 0 {
		return nil, ErrDuplicateFilterSubjects
	}
	if c.FilterSubject != "" && badSubject(c.FilterSubject) {
		return nil, ErrInvalidFilterSubject
	}
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	filter := c.FilterSubject
	if filter == ">" {
		filter = "" // permissions and imports are written for nats.go, which leaves it out
	}
	subject := o.api.ConsumerCreate(stream, name, filter)
	switch {
	case o.legacyDurable && c.Durable != "":
		subject, action = o.api.ConsumerDurableCreate(stream, c.Durable), jsAny
	case nameless:
		subject = o.api.ConsumerCreateNameless(stream)
	}
	var resp jsConsumerResponse
	if err := js.ask(&o, subject, jsConsumerRequest{stream, &c, action}, &resp, jsSafe); err != nil {
		if errors.Is(err, ErrNoResponders) {
			err = ErrJetStreamNotEnabled
		}
		return nil, err
	}
	switch {
	case resp.Error != nil && nameless && resp.Error.ErrorCode == jsErrCodeConsumerExists:
		return js.consumerInfo(&o, stream, name) // the first request made it, whose answer was lost
	case resp.Error != nil:
		return nil, resp.Error.sentinel(ErrStreamNotFound, ErrConsumerNotFound, ErrDuplicateFilterSubjects, ErrOverlappingFilterSubjects, ErrEmptyFilter)
	case resp.ConsumerInfo == nil:
		return nil, ErrConsumerCreationResponseEmpty
	case len(c.FilterSubjects) > 0 && len(resp.Config.FilterSubjects) == 0:
		return nil, ErrConsumerMultipleFilterSubjectsNotSupported
	}
	return resp.ConsumerInfo, nil
}

func (js *jsContext) ConsumerInfo(stream, name string, opts ...JSOpt) (*ConsumerInfo, error) {
	if err := jsCheckBoth(stream, name); err != nil {
		return nil, err
	}
	o, cancel, err := js.call(opts)
	if err != nil {
		return nil, err
	}
	defer cancel()
	return js.consumerInfo(&o, stream, name)
}

func (js *jsContext) consumerInfo(o *jsOpts, stream, name string) (*ConsumerInfo, error) {
	var resp jsConsumerResponse
	if err := js.ask(o, o.api.ConsumerInfo(stream, name), nil, &resp, jsSafe); err != nil {
		if errors.Is(err, ErrNoResponders) {
			err = ErrJetStreamNotEnabled
		}
		return nil, err
	}
	switch {
	case resp.Error != nil:
		return nil, resp.Error.sentinel(ErrConsumerNotFound, ErrStreamNotFound)
	case resp.ConsumerInfo == nil:
		return nil, jsEmpty("consumer")
	}
	return resp.ConsumerInfo, nil
}

func (js *jsContext) DeleteConsumer(stream, consumer string, opts ...JSOpt) error {
	if err := jsCheckBoth(stream, consumer); err != nil {
		return err
	}
	return js.command(opts, func(o *jsOpts) (string, any) { return o.api.ConsumerDelete(stream, consumer), nil }, ErrConsumerNotFound)
}
