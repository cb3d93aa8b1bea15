package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/object"
)

// written is where in the stream lies what this handle said last of an object, so that
// a copy that hasn't got it yet isn't believed.
type written struct {
	mu   sync.Mutex
	last map[string]uint64
}

// maxWritten bounds it. What falls out has been copied long since.
const maxWritten = 1024

func (w *written) note(name string, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last == nil || len(w.last) >= maxWritten {
		w.last = make(map[string]uint64)
	}
	w.last[name] = max(seq, w.last[name])
}

func (w *written) floor(name string) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last[name]
}

// meta is what the stream has of an object, and where.
func (s *objectStore) meta(ctx context.Context, name string) (*ObjectInfo, error) {
	if name == "" {
		return nil, ErrNameRequired
	}
	subject := object.MetaOf(s.bucket, name)
	var m *RawStreamMsg
	err := s.roomy(ctx, func() (err error) {
		m, err = s.direct.GetLastMsgForSubject(ctx, subject)
		if floor := s.seen.floor(name); floor > 0 && (err == ErrMsgNotFound || err == nil && m.Sequence < floor) {
			m, err = s.leader.GetLastMsgForSubject(ctx, subject)
		}
		return err
	})
	switch {
	case errors.Is(err, ErrMsgNotFound):
		return nil, ErrObjectNotFound
	case err != nil:
		return nil, err
	}
	return infoOf(m.Data, m.Time)
}

func infoOf(data []byte, at time.Time) (*ObjectInfo, error) {
	var info ObjectInfo
	if err := json.Unmarshal(data, &info); err != nil || info.Name == "" {
		return nil, ErrBadObjectMeta
	}
	info.ModTime = at
	return &info, nil
}

func (s *objectStore) GetInfo(ctx context.Context, name string, opts ...GetObjectInfoOpt) (*ObjectInfo, error) {
	var o getObjectInfoOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt(&o); err != nil {
				return nil, err
			}
		}
	}
	info, err := s.meta(ctx, name)
	if err != nil {
		return nil, err
	}
	if info.Deleted && !o.showDeleted {
		return nil, ErrObjectNotFound
	}
	return info, nil
}

// publishMeta says something of an object. It has an id, so that it can be said again
// when the connection is lost meanwhile.
func (s *objectStore) publishMeta(ctx context.Context, info *ObjectInfo) error {
	said := *info
	said.ModTime = time.Time{} // the stream knows
	data, err := json.Marshal(&said)
	if err != nil {
		return err
	}
	var ack *PubAck
	m := &nats.Msg{
		Subject: object.MetaOf(s.bucket, info.Name), Data: data,
		Header: nats.Header{MsgRollup: {MsgRollupSubject}, MsgIDHeader: {"M" + nuid.Next()}},
	}
	err = s.roomy(ctx, func() (err error) {
		ack, err = s.js.PublishMsg(ctx, m)
		return err
	})
	if err != nil {
		return err
	}
	s.seen.note(info.Name, ack.Sequence)
	info.ModTime = time.Now().UTC()
	return nil
}

// purge removes all messages of a subject.
func (s *objectStore) purge(ctx context.Context, subject string) error {
	return s.direct.Purge(ctx, WithPurgeSubject(subject))
}

func (s *objectStore) UpdateMeta(ctx context.Context, name string, meta ObjectMeta) error {
	info, err := s.GetInfo(ctx, name)
	if err == ErrObjectNotFound {
		return ErrUpdateMetaDeleted
	}
	if err != nil {
		return err
	}
	if meta.Name != name {
		if there, err := s.meta(ctx, meta.Name); err == nil && !there.Deleted {
			return ErrObjectAlreadyExists
		} else if err != nil && err != ErrObjectNotFound {
			return err
		}
	}
	info.Name, info.Description, info.Headers, info.Metadata = meta.Name, meta.Description, meta.Headers, meta.Metadata
	if err := s.publishMeta(ctx, info); err != nil {
		return err
	}
	if meta.Name != name {
		return s.purge(ctx, object.MetaOf(s.bucket, name))
	}
	return nil
}

func (s *objectStore) Delete(ctx context.Context, name string) error {
	info, err := s.meta(ctx, name)
	if err != nil {
		return err
	}
	info.Deleted, info.Size, info.Chunks, info.Digest = true, 0, 0, ""
	if err := s.publishMeta(ctx, info); err != nil {
		return err
	}
	return s.purge(ctx, object.ChunksOf(s.bucket, info.NUID))
}

func (s *objectStore) AddLink(ctx context.Context, name string, obj *ObjectInfo) (*ObjectInfo, error) {
	var to object.Target
	if obj != nil {
		to = object.Target{There: true, Name: obj.Name, Deleted: obj.Deleted, Link: obj.link() != nil}
	}
	if err := objectRefusal(object.MayLink(name, to)); err != nil {
		return nil, err
	}
	return s.addLink(ctx, name, &ObjectLink{Bucket: obj.Bucket, Name: obj.Name})
}

func (s *objectStore) AddBucketLink(ctx context.Context, name string, bucket ObjectStore) (*ObjectInfo, error) {
	if name == "" {
		return nil, ErrNameRequired
	}
	if bucket == nil {
		return nil, ErrBucketRequired
	}
	to, ok := bucket.(*objectStore)
	if !ok {
		return nil, fmt.Errorf("%w: it is a %T", ErrBucketMalformed, bucket)
	}
	return s.addLink(ctx, name, &ObjectLink{Bucket: to.bucket})
}

func (s *objectStore) addLink(ctx context.Context, name string, to *ObjectLink) (*ObjectInfo, error) {
	there, err := s.meta(ctx, name)
	if err != nil && err != ErrObjectNotFound {
		return nil, err
	}
	if err == nil {
		if err := objectRefusal(object.MayReplace(there.link() != nil)); err != nil {
			return nil, err
		}
	}
	info := &ObjectInfo{
		ObjectMeta: ObjectMeta{Name: name, Opts: &ObjectMetaOptions{Link: to}},
		Bucket:     s.bucket, NUID: nuid.Next(),
	}
	if err := s.publishMeta(ctx, info); err != nil {
		return nil, err
	}
	return info, nil
}
