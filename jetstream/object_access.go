package jetstream

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/evernats/nats"
	"github.com/evernats/nats/internal/js/objectstore"
)

func (s *objectStore) Put(ctx context.Context, meta ObjectMeta, r io.Reader) (*ObjectInfo, error) {
	return objectInfo(s.store.Put(ctx, meta.said(), r))
}

func (s *objectStore) PutBytes(ctx context.Context, name string, data []byte) (*ObjectInfo, error) {
	return s.Put(ctx, ObjectMeta{Name: name}, bytes.NewReader(data))
}

func (s *objectStore) PutString(ctx context.Context, name string, data string) (*ObjectInfo, error) {
	return s.Put(ctx, ObjectMeta{Name: name}, strings.NewReader(data))
}

func (s *objectStore) PutFile(ctx context.Context, file string) (*ObjectInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.Put(ctx, ObjectMeta{Name: file}, f)
}

// objectResult is an object that is being read.
type objectResult struct {
	*objectstore.Result
	info *ObjectInfo
}

func (r *objectResult) Info() (*ObjectInfo, error) { return r.info, r.Error() }

func (s *objectStore) get(ctx context.Context, name string, opts []GetObjectOpt) (*objectstore.Result, error) {
	var o getObjectOpts
	for _, opt := range opts {
		if opt != nil {
			if err := opt(&o); err != nil {
				return nil, err
			}
		}
	}
	return s.store.Get(ctx, name, o.showDeleted)
}

func (s *objectStore) Get(ctx context.Context, name string, opts ...GetObjectOpt) (ObjectResult, error) {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return nil, err
	}
	return &objectResult{r, infoOf(r.Said())}, nil
}

func (s *objectStore) GetBytes(ctx context.Context, name string, opts ...GetObjectOpt) ([]byte, error) {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return nil, err
	}
	return r.All()
}

func (s *objectStore) GetString(ctx context.Context, name string, opts ...GetObjectOpt) (string, error) {
	b, err := s.GetBytes(ctx, name, opts...)
	return string(b), err
}

func (s *objectStore) GetFile(ctx context.Context, name, file string, opts ...GetObjectOpt) error {
	r, err := s.get(ctx, name, opts)
	if err != nil {
		return err
	}
	return r.ToFile(file)
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
	return objectInfo(s.store.Info(ctx, name, o.showDeleted))
}

func (s *objectStore) UpdateMeta(ctx context.Context, name string, meta ObjectMeta) error {
	return s.store.UpdateMeta(ctx, name, meta.said())
}

func (s *objectStore) Delete(ctx context.Context, name string) error {
	return s.store.Delete(ctx, name)
}

func (s *objectStore) AddLink(ctx context.Context, name string, obj *ObjectInfo) (*ObjectInfo, error) {
	return objectInfo(s.store.AddLink(ctx, name, obj.said()))
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
	return objectInfo(s.store.AddBucketLink(ctx, name, to.bucket))
}

// said is what is said of an object in the stream.
func (m *ObjectMeta) said() objectstore.Meta {
	to := objectstore.Meta{Name: m.Name, Description: m.Description, Headers: m.Headers, Metadata: m.Metadata}
	if m.Opts != nil {
		to.Opts = &objectstore.Options{ChunkSize: m.Opts.ChunkSize}
		if l := m.Opts.Link; l != nil {
			to.Opts.Link = &objectstore.Link{Bucket: l.Bucket, Name: l.Name}
		}
	}
	return to
}

func (i *ObjectInfo) said() *objectstore.Info {
	if i == nil {
		return nil
	}
	return &objectstore.Info{
		Meta: i.ObjectMeta.said(), Bucket: i.Bucket, NUID: i.NUID, Size: i.Size, ModTime: i.ModTime,
		Chunks: i.Chunks, Digest: i.Digest, Deleted: i.Deleted,
	}
}

func objectInfo(i *objectstore.Info, err error) (*ObjectInfo, error) {
	if err != nil {
		return nil, err
	}
	return infoOf(i), nil
}

// infoOf is what a program finds of what is said in the stream.
func infoOf(i *objectstore.Info) *ObjectInfo {
	to := &ObjectInfo{
		ObjectMeta: ObjectMeta{Name: i.Name, Description: i.Description, Headers: nats.Header(i.Headers), Metadata: i.Metadata},
		Bucket:     i.Bucket, NUID: i.NUID, Size: i.Size, ModTime: i.ModTime, Chunks: i.Chunks, Digest: i.Digest, Deleted: i.Deleted,
	}
	if o := i.Opts; o != nil {
		to.Opts = &ObjectMetaOptions{ChunkSize: o.ChunkSize}
		if o.Link != nil {
			to.Opts.Link = &ObjectLink{Bucket: o.Link.Bucket, Name: o.Link.Name}
		}
	}
	return to
}
