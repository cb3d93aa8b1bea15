package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrNotRunning is returned for questions to a server whose process has ended.
var ErrNotRunning = errors.New("cluster: the server isn't running")

// control is the parent's end of the two pipes to a child.
type control struct {
	writeMu sync.Mutex
	in      io.WriteCloser

	mu      sync.Mutex
	lastID  uint64
	waiting map[uint64]chan answer
	ended   bool
}

// newControl reads answers until the child ends, then closes read.
func newControl(in io.WriteCloser, out io.Reader, read chan<- struct{}) *control {
	c := &control{in: in, waiting: make(map[uint64]chan answer)}
	go func() {
		defer close(read)
		c.read(out)
	}()
	return c
}

// read hands out answers until the child ends.
func (c *control) read(out io.Reader) {
	dec := json.NewDecoder(out)
	for {
		var a answer
		if err := dec.Decode(&a); err != nil {
			break
		}
		c.mu.Lock()
		ch := c.waiting[a.ID]
		delete(c.waiting, a.ID)
		c.mu.Unlock()
		if ch != nil {
			ch <- a
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for id, ch := range c.waiting {
		delete(c.waiting, id)
		close(ch)
	}
}

// call sends a command and waits for its answer, which a paused child doesn't
// give before it is resumed.
func (c *control) call(ctx context.Context, op string, args, result any) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	ch := make(chan answer, 1)
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return ErrNotRunning
	}
	c.lastID++
	id := c.lastID
	c.waiting[id] = ch
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
	}()
	if err := c.send(command{ID: id, Op: op, Args: raw}); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	select {
	case a, ok := <-ch:
		switch {
		case !ok:
			return ErrNotRunning
		case a.Error != "":
			return errors.New(a.Error)
		case result == nil:
			return nil
		}
		return json.Unmarshal(a.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("no answer to %s: %w", op, context.Cause(ctx))
	}
}

func (c *control) send(cmd command) error {
	b, err := json.Marshal(cmd)
	if err != nil {
		return err
	}
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	_, err = c.in.Write(append(b, '\n'))
	return err
}
