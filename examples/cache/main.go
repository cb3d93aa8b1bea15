// Command cache keeps a copy of a key-value bucket in memory, which a watch keeps up to
// date: reading a key costs nothing, and the copy follows every change, also behind a
// lost connection. It reads commands from standard input, a line each, and needs a
// server with JetStream.
//
//	put KEY VALUE    writes, and waits until the copy has it
//	get KEY          reads the copy
//	delete KEY       deletes, and waits
//	keys             lists what is in the copy
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/evernats/nats"
	"github.com/evernats/nats/jetstream"
)

func main() {
	url := flag.String("url", nats.DefaultURL, "server to connect to")
	bucket := flag.String("bucket", "settings", "bucket that is used; it is made if it isn't there")
	flag.Parse()
	log.SetFlags(0)

	nc, err := nats.Connect(*url, nats.Name("cache"), nats.MaxReconnects(-1))
	if err != nil {
		log.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	kv, err := js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: *bucket})
	if err != nil {
		log.Fatal(err)
	}
	c, err := newCache(ctx, kv)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready, with %d keys\n", len(c.keys()))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		word := strings.SplitN(lines.Text(), " ", 3)
		if err := c.run(ctx, append(word, "", "")); err != nil {
			fmt.Println("error:", err)
		}
	}
	if err := c.watcher.Stop(); err != nil {
		log.Fatal(err)
	}
}

// cache is a copy of a bucket.
type cache struct {
	kv      jetstream.KeyValue
	watcher jetstream.KeyWatcher

	mu       sync.Mutex
	changed  *sync.Cond
	values   map[string]string
	revision uint64 // of the newest change that it has
}

// newCache returns when the copy has all that the bucket has.
func newCache(ctx context.Context, kv jetstream.KeyValue) (*cache, error) {
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return nil, err
	}
	c := &cache{kv: kv, watcher: w, values: map[string]string{}}
	c.changed = sync.NewCond(&c.mu)
	for e := range w.Updates() {
		if e == nil { // that was all
			break
		}
		c.apply(e)
	}
	go func() {
		for e := range w.Updates() {
			c.apply(e)
		}
	}()
	return c, nil
}

func (c *cache) apply(e jetstream.KeyValueEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Operation() == jetstream.KeyValuePut {
		c.values[e.Key()] = string(e.Value())
	} else {
		delete(c.values, e.Key())
	}
	c.revision = e.Revision()
	c.changed.Broadcast()
}

func (c *cache) run(ctx context.Context, word []string) error {
	switch key := word[1]; word[0] {
	case "put":
		revision, err := c.kv.PutString(ctx, key, word[2])
		if err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for c.revision < revision {
			c.changed.Wait()
		}
	case "delete":
		if err := c.kv.Delete(ctx, key); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, there := c.values[key]; there; _, there = c.values[key] {
			c.changed.Wait()
		}
	case "get":
		c.mu.Lock()
		defer c.mu.Unlock()
		value, there := c.values[key]
		if !there {
			return jetstream.ErrKeyNotFound
		}
		fmt.Println(value)
	case "keys":
		fmt.Println(strings.Join(c.keys(), " "))
	default:
		return fmt.Errorf("no command %q", word[0])
	}
	return nil
}

func (c *cache) keys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.values))
}
