package sde

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Noise gives the standard normal vectors of every row for the interval [s, t]
// of a trajectory. It is a pure function of (row, t, s, use): a step that needs
// several independent draws over one interval numbers them 0, 1, 2, … in use.
// Purity is what makes runs resumable, sharded and refinable.
type Noise interface {
	Normal(dst *mat.Dense, t, s float64, use int)
}

// Streams is white noise with one independent stream per row. Row i of a batch
// draws from the stream of index first+i,
// so the draws do not depend on the batch that a row stands in.
// A Streams is not safe for concurrent use.
type Streams struct {
	key   stream.Key
	first int
	src   *stream.Source
}

// NewStreams returns the noise of the rows first, first+1, … of a run.
func NewStreams(seed uint64, name string, first int) *Streams {
	k := stream.NewKey(seed, name)
	return &Streams{k, first, stream.NewSource(k)}
}

func (s *Streams) Normal(dst *mat.Dense, t, u float64, use int) {
	n, _ := dst.Dims()
	for i := range n {
		s.Row(dst.RawRowView(i), i, t, u, use)
	}
}

// Row stores the normals of row i alone.
func (s *Streams) Row(dst []float64, i int, t, u float64, use int) {
	s.src.Seek(s.key.At(uint64(s.first + i)).At(math.Float64bits(t)).At(math.Float64bits(u)).At(uint64(use)))
	for j := range dst {
		dst[j] = s.src.NormFloat64()
	}
}
