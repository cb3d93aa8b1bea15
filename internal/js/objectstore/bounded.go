package objectstore

import (
	"context"
	"io"
)

// bounded reads until the context ends. A slow reader would else be read to the end of a whole
// chunk before that is noticed.
type bounded struct {
	ctx context.Context
	r   io.Reader
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.r.Read(p)
}
