// Package stream derives independent random streams from one seed.
//
// A stream is named by its path (a name and indices), never by the order in
// which it was asked for. Adding a consumer cannot move the draws of another,
// and nothing has to be saved to resume: the draws are a function of
// (seed, name, index).
package stream

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Key names one stream. Keys are values: deriving one allocates nothing.
type Key struct{ hi, lo uint64 }

// NewKey returns the key of (seed, name). It hashes with SHA-256, so names
// need no care; derive the keys of indices from it with At.
func NewKey(seed uint64, name string) Key {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 64), seed)
	sum := sha256.Sum256(append(b, name...))
	return Key{binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])}
}

// At returns the key of index i under k. At(i).At(j) differs from At(j).At(i).
func (k Key) At(i uint64) Key {
	hi := mix(k.hi ^ mix(i+0x9e3779b97f4a7c15))
	return Key{hi, mix(k.lo + hi ^ 0xd1b54a32d192ed03)}
}

// mix is the finaliser of SplitMix64 (Steele et al. 2014): a bijection of
// uint64 in which every input bit flips each output bit with probability ½.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Source is a generator that can be moved to the start of any stream without
// allocating. It is not safe for concurrent use; make one per goroutine with
// NewSource.
type Source struct {
	*rand.Rand
	pcg *rand.PCG
}

// NewSource returns a source standing at the start of stream k.
func NewSource(k Key) *Source {
	p := rand.NewPCG(k.hi, k.lo)
	return &Source{rand.New(p), p}
}

// Seek moves s to the start of stream k.
func (s *Source) Seek(k Key) { s.pcg.Seed(k.hi, k.lo) }

// New returns a generator at the start of the stream of seed under the path
// name/index[0]/index[1]/...
func New(seed uint64, name string, index ...uint64) *rand.Rand {
	k := NewKey(seed, name)
	for _, i := range index {
		k = k.At(i)
	}
	return NewSource(k).Rand
}

// Seed returns a seed for what derives streams of its own: a function of seed and of
// the path name/index[0]/index[1]/..., as the draws of New are. Seeds of different
// paths, or of neighboring seeds, have nothing in common.
func Seed(seed uint64, name string, index ...uint64) uint64 {
	k := NewKey(seed, name)
	for _, i := range index {
		k = k.At(i)
	}
	return k.lo
}
