package micro

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/evernats/nats"
)

// APIPrefix begins the subjects on which services are found.
const APIPrefix = "$SRV"

// Verb is a question that every service answers.
type Verb int64

const (
	// PingVerb asks who is there, see [Ping].
	PingVerb Verb = iota
	// StatsVerb asks for the numbers, see [Stats].
	StatsVerb
	// InfoVerb asks for the endpoints, see [Info].
	InfoVerb
)

// The types of the answers, in their field Type.
const (
	// InfoResponseType is that of [Info].
	InfoResponseType = "io.nats.micro.v1.info_response"
	// PingResponseType is that of [Ping].
	PingResponseType = "io.nats.micro.v1.ping_response"
	// StatsResponseType is that of [Stats].
	StatsResponseType = "io.nats.micro.v1.stats_response"
)

// String is the verb as it stands in subjects; empty for a value that is none.
func (s Verb) String() string {
	switch s {
	case PingVerb:
		return "PING"
	case StatsVerb:
		return "STATS"
	case InfoVerb:
		return "INFO"
	}
	return ""
}

// ControlSubject returns the subject on which to ask all services (without name
// and ID), those of a name (without ID), or one instance. The name and the ID are
// taken as they are.
//
// Errors: [ErrVerbNotSupported]; [ErrServiceNameRequired] for an ID without a name.
func ControlSubject(verb Verb, name, id string) (string, error) {
	v := verb.String()
	switch {
	case v == "":
		return "", fmt.Errorf("%w: %q", ErrVerbNotSupported, v)
	case name == "" && id != "":
		return "", ErrServiceNameRequired
	}
	return joined(joined(joined(APIPrefix, v), name), id), nil
}

// ServiceIdentity says which instance of which service it is.
type ServiceIdentity struct {
	// Name of the service.
	Name string `json:"name"`
	// ID of the instance.
	ID string `json:"id"`
	// Version of the service.
	Version string `json:"version"`
	// Metadata of the service; empty for none.
	Metadata map[string]string `json:"metadata"`
}

// Ping is the answer to PING.
type Ping struct {
	ServiceIdentity
	// Type is [PingResponseType].
	Type string `json:"type"`
}

// Info is the answer to INFO.
type Info struct {
	ServiceIdentity
	// Type is [InfoResponseType].
	Type string `json:"type"`
	// Description is that of the [Config].
	Description string `json:"description"`
	// Endpoints in the order in which they were added.
	Endpoints []EndpointInfo `json:"endpoints"`
}

// EndpointInfo describes an endpoint in [Info].
type EndpointInfo struct {
	// Name of the endpoint.
	Name string `json:"name"`
	// Subject with the prefix of its groups.
	Subject string `json:"subject"`
	// QueueGroup is empty for none.
	QueueGroup string `json:"queue_group"`
	// Metadata of the endpoint; nil for none.
	Metadata map[string]string `json:"metadata"`
}

func (s *service) identity() ServiceIdentity {
	return ServiceIdentity{
		Name: s.config.Name, ID: s.id, Version: s.config.Version, Metadata: maps.Clone(s.config.Metadata),
	}
}

// Info is documented at Service.
func (s *service) Info() Info {
	endpoints, _ := s.all()
	info := Info{
		ServiceIdentity: s.identity(),
		Type:            InfoResponseType,
		Description:     s.config.Description,
		Endpoints:       make([]EndpointInfo, 0, len(endpoints)),
	}
	for _, ep := range endpoints {
		e := ep.info
		e.Metadata = maps.Clone(e.Metadata)
		info.Endpoints = append(info.Endpoints, e)
	}
	return info
}

// serveVerbs subscribes to the nine subjects. They have no queue group, since each
// instance answers for itself.
func (s *service) serveVerbs() error {
	answers := map[Verb]func() any{
		PingVerb:  func() any { return Ping{s.identity(), PingResponseType} },
		StatsVerb: func() any { return s.Stats() },
		InfoVerb:  func() any { return s.Info() },
	}
	for _, verb := range []Verb{PingVerb, StatsVerb, InfoVerb} {
		answer := answers[verb]
		for _, who := range [][2]string{{"", ""}, {s.config.Name, ""}, {s.config.Name, s.id}} {
			subject, err := ControlSubject(verb, who[0], who[1])
			if err != nil {
				return err
			}
			failed := func(err error) <-chan struct{} { return s.failed(subject, err) }
			sub, err := s.errors.subscribe(subject, "", func(m *nats.Msg) {
				if err := reply(m, answer()); err != nil {
					failed(err)
				}
			}, failed)
			if err != nil {
				return err
			}
			s.verbs = append(s.verbs, sub)
		}
	}
	return nil
}

func reply(m *nats.Msg, answer any) error {
	data, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMarshalResponse, err)
	}
	return m.Respond(data)
}
