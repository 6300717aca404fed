// Package mersenne has the generator of NumPy's RandomState, for what is defined by its
// draws: the folds and the initial weights of a published protocol, the stimulus of a
// benchmark. Everything else uses internal/stream.
//
// The generator is MT19937 (Matsumoto & Nishimura 1998, doi:10.1145/272991.272995), and
// the laws are those that NumPy promises never to change (NEP 19, "legacy").
package mersenne

import "math"

const (
	size, middle = 624, 397
	top, rest    = 0x80000000, 0x7fffffff // bits of a word that go into the twist
)

// State is RandomState(seed). It is not safe for concurrent use. Make one with New.
type State struct {
	word [size]uint32
	next int

	spare float64 // the second number of a normal pair
	has   bool
}

// New returns RandomState(seed).
func New(seed uint32) *State {
	s := &State{next: size}
	for i := range s.word {
		s.word[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return s
}

// Uint32 returns the next 32 bits.
func (s *State) Uint32() uint32 {
	if s.next == size {
		s.twist()
	}
	v := s.word[s.next]
	s.next++
	v ^= v >> 11
	v ^= v << 7 & 0x9d2c5680
	v ^= v << 15 & 0xefc60000
	return v ^ v>>18
}

func (s *State) twist() {
	for i := range s.word {
		v := s.word[i]&top | s.word[(i+1)%size]&rest
		w := v >> 1
		if v&1 == 1 {
			w ^= 0x9908b0df
		}
		s.word[i] = s.word[(i+middle)%size] ^ w
	}
	s.next = 0
}

// Float64 is random_sample(): uniform on [0, 1), 53 bits.
func (s *State) Float64() float64 {
	a, b := s.Uint32()>>5, s.Uint32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// NormFloat64 is randn(): standard normal, by the polar method of Marsaglia & Bray
// (1964), whose pairs come second number first.
func (s *State) NormFloat64() float64 {
	if s.has {
		s.has = false
		return s.spare
	}
	for {
		x, y := 2*s.Float64()-1, 2*s.Float64()-1
		r := x*x + y*y
		if r >= 1 || r == 0 {
			continue
		}
		f := math.Sqrt(-2 * math.Log(r) / r)
		s.spare, s.has = f*x, true
		return f * y
	}
}

// below returns a uniform whole number of [0, most], by rejection under a mask.
func (s *State) below(most uint32) uint32 {
	mask := most
	for shift := 1; shift < 32; shift *= 2 {
		mask |= mask >> shift
	}
	for {
		if v := s.Uint32() & mask; v <= most {
			return v
		}
	}
}

// Shuffle is shuffle() of an array of n elements: Fisher & Yates from the end.
func (s *State) Shuffle(n int, swap func(i, j int)) {
	for i := n - 1; i > 0; i-- {
		swap(i, int(s.below(uint32(i))))
	}
}

// Perm is shuffle(arange(n)).
func (s *State) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	s.Shuffle(n, func(i, j int) { p[i], p[j] = p[j], p[i] })
	return p
}
