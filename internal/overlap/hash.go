package overlap

import (
	"encoding/binary"
	"hash/maphash"
)

// hash is of the whole message as one subscription gets it. Each part is told apart
// from its neighbour by its length.
func (f *Filter[M]) hash(sid uint64, parts ...[]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], sid)
	_, _ = h.Write(n[:])
	for _, p := range parts {
		binary.LittleEndian.PutUint64(n[:], uint64(len(p)))
		_, _ = h.Write(n[:])
		_, _ = h.Write(p)
	}
	return h.Sum64()
}
