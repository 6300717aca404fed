package train

import "tweedie/internal/stream"

// shuffle orders the rows of a table anew in each epoch: position p of the run holds row
// perm_e[p mod n] with e = p / n, perm_e being the permutation of (seed, e).
// It is a function of the position, so a resumed run deals the same rows.
type shuffle struct {
	seed  uint64
	n     int
	epoch int
	perm  []int32
}

func newShuffle(seed uint64, n int) *shuffle {
	return &shuffle{seed: seed, n: n, epoch: -1, perm: make([]int32, n)}
}

// rows stores the rows at positions first, first+1, … in dst.
func (s *shuffle) rows(dst []int, first int) {
	for i := range dst {
		p := first + i
		if e := p / s.n; e != s.epoch {
			s.deal(e)
		}
		dst[i] = int(s.perm[p%s.n])
	}
}

func (s *shuffle) deal(epoch int) {
	s.epoch = epoch
	for i := range s.perm {
		s.perm[i] = int32(i)
	}
	r := stream.New(s.seed, "train/shuffle", uint64(epoch))
	r.Shuffle(s.n, func(i, j int) { s.perm[i], s.perm[j] = s.perm[j], s.perm[i] })
}
