package objectstore

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nuid"

	"github.com/evernats/nats/internal/js/object"
)

// Meta is what a program says of an object.
type Meta struct {
	Name        string              `json:"name"`
	Description string              `json:"description,omitempty"`
	Headers     map[string][]string `json:"headers,omitempty"`
	Metadata    map[string]string   `json:"metadata,omitempty"`
	Opts        *Options            `json:"options,omitempty"`
}

// Options are options of an object.
type Options struct {
	Link      *Link  `json:"link,omitempty"`
	ChunkSize uint32 `json:"max_chunk_size,omitempty"`
}

// Link is what a link leads to; without a name it is a bucket.
type Link struct {
	Bucket string `json:"bucket"`
	Name   string `json:"name,omitempty"`
}

// Info is all there is to say of an object, as it is said in the stream.
type Info struct {
	Meta
	Bucket  string    `json:"bucket"`
	NUID    string    `json:"nuid"`
	Size    uint64    `json:"size"`
	ModTime time.Time `json:"mtime"`
	Chunks  uint32    `json:"chunks"`
	Digest  string    `json:"digest,omitempty"`
	Deleted bool      `json:"deleted,omitempty"`
}

func (i *Info) link() *Link {
	if i.Opts == nil {
		return nil
	}
	return i.Opts.Link
}

// Parse reads what is said of an object in a message of that time.
func (s *Store) Parse(data []byte, at time.Time) (*Info, error) {
	var info Info
	if err := json.Unmarshal(data, &info); err != nil || info.Name == "" {
		return nil, s.errs.BadMeta
	}
	info.ModTime = at
	return &info, nil
}

// meta is what the stream has of an object, be it deleted.
func (s *Store) meta(ctx context.Context, name string) (*Info, error) {
	if name == "" {
		return nil, s.errs.NameRequired
	}
	subject := object.MetaOf(s.Bucket, name)
	var m Stored
	err := s.roomy(ctx, func() (err error) {
		m, err = s.host.Last(ctx, subject, s.FromLeader)
		if floor := s.seen.floor(name); floor > 0 && (errors.Is(err, s.errs.NoMessage) || err == nil && m.Seq < floor) {
			m, err = s.host.Last(ctx, subject, true)
		}
		return err
	})
	switch {
	case errors.Is(err, s.errs.NoMessage):
		return nil, s.errs.NotFound
	case err != nil:
		return nil, err
	}
	return s.Parse(m.Data, m.At)
}

// Info says what there is to say of an object.
func (s *Store) Info(ctx context.Context, name string, showDeleted bool) (*Info, error) {
	info, err := s.meta(ctx, name)
	if err != nil {
		return nil, err
	}
	if info.Deleted && !showDeleted {
		return nil, s.errs.NotFound
	}
	return info, nil
}

// publish says something of an object. It has an id, so that it can be said again when the
// connection is lost meanwhile, or when the stream doesn't take it now.
func (s *Store) publish(ctx context.Context, info *Info) error {
	said := *info
	said.ModTime = time.Time{} // the stream knows
	data, err := json.Marshal(&said)
	if err != nil {
		return err
	}
	header := map[string][]string{"Nats-Rollup": {"sub"}, idHeader: {"M" + nuid.Next()}}
	var seq uint64
	bounded, cancel := s.host.Bounded(ctx)
	defer cancel()
	known := func(err error) bool { return s.refused(err) && !errors.Is(err, s.errs.InDoubt) }
	err = again(bounded, known, func() error {
		return s.roomy(bounded, func() (err error) {
			seq, err = s.host.Publish(bounded, object.MetaOf(s.Bucket, info.Name), header, data)
			return err
		})
	})
	if err != nil {
		return err
	}
	s.seen.note(info.Name, seq)
	info.ModTime = time.Now().UTC()
	return nil
}

// idHeader names what a stream knows a message by that comes twice.
const idHeader = "Nats-Msg-Id"

// UpdateMeta changes an object's name, description, headers and metadata.
func (s *Store) UpdateMeta(ctx context.Context, name string, meta Meta) error {
	info, err := s.Info(ctx, name, false)
	if err == s.errs.NotFound {
		return s.errs.UpdateDeleted
	}
	if err != nil {
		return err
	}
	if meta.Name != name {
		if there, err := s.meta(ctx, meta.Name); err == nil && !there.Deleted {
			return s.errs.AlreadyExists
		} else if err != nil && err != s.errs.NotFound {
			return err
		}
	}
	info.Name, info.Description, info.Headers, info.Metadata = meta.Name, meta.Description, meta.Headers, meta.Metadata
	if err := s.publish(ctx, info); err != nil {
		return err
	}
	if meta.Name != name {
		return s.host.Purge(ctx, object.MetaOf(s.Bucket, name))
	}
	return nil
}

// Delete removes an object, or a link.
func (s *Store) Delete(ctx context.Context, name string) error {
	info, err := s.meta(ctx, name)
	if err != nil {
		return err
	}
	info.Deleted, info.Size, info.Chunks, info.Digest = true, 0, 0, ""
	if err := s.publish(ctx, info); err != nil {
		return err
	}
	return s.host.Purge(ctx, object.ChunksOf(s.Bucket, info.NUID))
}
