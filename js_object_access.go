package nats

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/evernats/nats/internal/js/objectstore"
)

func (s *objectBucket) Put(obj *ObjectMeta, reader io.Reader, opts ...ObjectOpt) (*ObjectInfo, error) {
	if obj == nil {
		return nil, ErrBadObjectMeta
	}
	o, err := objectCall(s.js, opts, ObjectOpt.configureObject)
	if err != nil {
		return nil, err
	}
	return objectInfo(s.store.Put(o.ctx, obj.said(), reader))
}

func (s *objectBucket) PutBytes(name string, data []byte, opts ...ObjectOpt) (*ObjectInfo, error) {
	return s.Put(&ObjectMeta{Name: name}, bytes.NewReader(data), opts...)
}

func (s *objectBucket) PutString(name string, data string, opts ...ObjectOpt) (*ObjectInfo, error) {
	return s.Put(&ObjectMeta{Name: name}, strings.NewReader(data), opts...)
}

func (s *objectBucket) PutFile(file string, opts ...ObjectOpt) (*ObjectInfo, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.Put(&ObjectMeta{Name: file}, f, opts...)
}

// objectResult is an object that is being read.
type objectResult struct {
	*objectstore.Result
	info *ObjectInfo
}

func (r *objectResult) Info() (*ObjectInfo, error) { return r.info, r.Error() }

func (s *objectBucket) get(name string, opts []GetObjectOpt) (*objectstore.Result, error) {
	o, err := objectCall(s.js, opts, GetObjectOpt.configureGetObject)
	if err != nil {
		return nil, err
	}
	return s.store.Get(o.ctx, name, o.showDeleted)
}

func (s *objectBucket) Get(name string, opts ...GetObjectOpt) (ObjectResult, error) {
	r, err := s.get(name, opts)
	if err != nil {
		return nil, err
	}
	return &objectResult{r, objectInfoOf(r.Said())}, nil
}

func (s *objectBucket) GetBytes(name string, opts ...GetObjectOpt) ([]byte, error) {
	r, err := s.get(name, opts)
	if err != nil {
		return nil, err
	}
	return r.All()
}

func (s *objectBucket) GetString(name string, opts ...GetObjectOpt) (string, error) {
	b, err := s.GetBytes(name, opts...)
	return string(b), err
}

func (s *objectBucket) GetFile(name, file string, opts ...GetObjectOpt) error {
	r, err := s.get(name, opts)
	if err != nil {
		return err
	}
	return r.ToFile(file)
}

func (s *objectBucket) GetInfo(name string, opts ...GetObjectInfoOpt) (*ObjectInfo, error) {
	o, err := objectCall(s.js, opts, GetObjectInfoOpt.configureGetInfo)
	if err != nil {
		return nil, err
	}
	return objectInfo(s.store.Info(o.ctx, name, o.showDeleted))
}

func (s *objectBucket) UpdateMeta(name string, meta *ObjectMeta) error {
	if meta == nil {
		return ErrBadObjectMeta
	}
	return s.store.UpdateMeta(s.js.context(), name, meta.said())
}

func (s *objectBucket) Delete(name string) error { return s.store.Delete(s.js.context(), name) }

func (s *objectBucket) AddLink(name string, obj *ObjectInfo) (*ObjectInfo, error) {
	return objectInfo(s.store.AddLink(s.js.context(), name, obj.said()))
}

func (s *objectBucket) AddBucketLink(name string, bucket ObjectStore) (*ObjectInfo, error) {
	if name == "" {
		return nil, ErrNameRequired
	}
	if bucket == nil {
		return nil, ErrBucketRequired
	}
	to, ok := bucket.(*objectBucket)
	if !ok {
		return nil, fmt.Errorf("%w: it is a %T", ErrBucketMalformed, bucket)
	}
	return objectInfo(s.store.AddBucketLink(s.js.context(), name, to.store.Bucket))
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
	return objectInfoOf(i), nil
}

// infoOf is what a program finds of what is said in the stream.
func objectInfoOf(i *objectstore.Info) *ObjectInfo {
	to := &ObjectInfo{
		ObjectMeta: ObjectMeta{Name: i.Name, Description: i.Description, Headers: Header(i.Headers), Metadata: i.Metadata},
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
