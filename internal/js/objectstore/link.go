package objectstore

import (
	"context"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats/internal/js/object"
)

// refusal is the error for a link that can't be.
func (s *Store) refusal(r object.Refusal) error {
	switch r {
	case object.NoName:
		return s.errs.NameRequired
	case object.NoObject:
		return s.errs.ObjectRequired
	case object.Deleted:
		return s.errs.NoLinkToDeleted
	case object.ToLink:
		return s.errs.NoLinkToLink
	case object.Taken:
		return s.errs.AlreadyExists
	}
	return nil
}

// AddLink makes a link to an object; nil: none was given.
func (s *Store) AddLink(ctx context.Context, name string, obj *Info) (*Info, error) {
	var to object.Target
	if obj != nil {
		to = object.Target{There: true, Name: obj.Name, Deleted: obj.Deleted, Link: obj.link() != nil}
	}
	if err := s.refusal(object.MayLink(name, to)); err != nil {
		return nil, err
	}
	return s.addLink(ctx, name, &Link{Bucket: obj.Bucket, Name: obj.Name})
}

// AddBucketLink makes a link to a bucket.
func (s *Store) AddBucketLink(ctx context.Context, name, bucket string) (*Info, error) {
	if name == "" {
		return nil, s.errs.NameRequired
	}
	return s.addLink(ctx, name, &Link{Bucket: bucket})
}

func (s *Store) addLink(ctx context.Context, name string, to *Link) (*Info, error) {
	there, err := s.meta(ctx, name)
	if err != nil && err != s.errs.NotFound {
		return nil, err
	}
	if err == nil {
		if err := s.refusal(object.MayReplace(there.link() != nil)); err != nil {
			return nil, err
		}
	}
	info := &Info{Meta: Meta{Name: name, Opts: &Options{Link: to}}, Bucket: s.Bucket, NUID: nuid.Next()}
	if err := s.publish(ctx, info); err != nil {
		return nil, err
	}
	return info, nil
}
