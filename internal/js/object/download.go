package object

import "hash"

// Verdict is what a chunk means for the object that is being read.
type Verdict uint8

// Verdicts.
const (
	More    Verdict = iota // there are more chunks
	Whole                  // it was the last, and the object is what it was
	Damaged                // the bytes aren't those that were stored
)

// Place is where a chunk belongs that a consumer gave.
type Place uint8

// Places.
const (
	Next   Place = iota // it is the next
	Stray               // it was there before, or was taken out of the stream by its Put
	Beyond              // those between it and the last were left out
)

// Download follows an object as it is read, whatever consumer its chunks come from.
type Download struct {
	chunks uint32
	size   uint64
	digest string
	sum    hash.Hash

	got   uint32
	bytes uint64
}

// NewDownload begins with an object of so many chunks and bytes. Without a digest that
// isn't compared.
func NewDownload(chunks uint32, size uint64, digest string) *Download {
	return &Download{chunks: chunks, size: size, digest: digest, sum: NewDigest()}
}

// Left is how many chunks are still to come.
func (d *Download) Left() uint32 { return d.chunks - d.got }

// Empty is the verdict on an object without chunks.
func (d *Download) Empty() Verdict {
	if d.chunks > 0 {
		return More
	}
	return d.end()
}

// Place says where the chunk with that number, from 0, belongs. A server that has come back
// may have what an [Upload] took out again, since others of before were missing: that is no
// further ahead than an Upload gets. All that comes with a number has the same bytes.
func (d *Download) Place(index int) Place {
	switch ahead := int64(index) - int64(d.got); {
	case ahead == 0:
		return Next
	case ahead < maxChunks:
		return Stray
	}
	return Beyond
}

// Chunk takes the next one.
func (d *Download) Chunk(data []byte) Verdict {
	if d.got >= d.chunks {
		return Damaged
	}
	d.got++
	d.bytes += uint64(len(data))
	d.sum.Write(data)
	switch {
	case d.bytes > d.size:
		return Damaged
	case d.got == d.chunks:
		return d.end()
	}
	return More
}

// Short says whether a consumer that has so many chunks behind what was read has too
// few. Its server may just not have got them yet; who leads the stream knows.
func (d *Download) Short(pending uint64) bool { return pending < uint64(d.Left()) }

// Lost says whether chunks are missing for good, when the leader of the stream has so
// many of the object.
func (d *Download) Lost(there uint64) bool { return there < uint64(d.chunks) }

func (d *Download) end() Verdict {
	if d.bytes != d.size || d.digest != "" && d.digest != DigestText(d.sum) && !d.sameSum() {
		return Damaged
	}
	return Whole
}

// sameSum compares the sums, since an implementation may write the algorithm's name
// in another way.
func (d *Download) sameSum() bool {
	sum, ok, err := ParseDigest(d.digest)
	return ok && err == nil && string(sum) == string(d.sum.Sum(nil))
}
