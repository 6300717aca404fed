package mersenne

import (
	"slices"
	"testing"
)

// The numbers are what numpy.random.RandomState 2.x prints.
func TestDrawsAreNumPys(t *testing.T) {
	s := New(5489)
	if a, b := s.Uint32(), s.Uint32(); a != 3499211612 || b != 581869302 {
		t.Errorf("the first words of seed 5489 are %d and %d", a, b)
	}
	s = New(1)
	for _, want := range []float64{0.417022004702574, 0.7203244934421581, 0.00011437481734488664} {
		if got := s.Float64(); got != want {
			t.Errorf("RandomState(1).random_sample() is %v, want %v", got, want)
		}
	}
	s = New(42)
	for _, want := range []float64{0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254} {
		if got := s.NormFloat64(); got != want {
			t.Errorf("RandomState(42).randn() is %v, want %v", got, want)
		}
	}
}

func TestShuffleIsNumPys(t *testing.T) {
	s := New(1)
	if got, want := s.Perm(12), []int{2, 3, 4, 10, 1, 6, 0, 7, 11, 9, 8, 5}; !slices.Equal(got, want) {
		t.Errorf("a shuffle of 12: %v, want %v", got, want)
	}
	if got := s.Float64(); got != 0.39676747423066994 {
		t.Errorf("the draw after it is %v", got)
	}
	p, sum := New(7).Perm(3000), 0 // goes past a twist
	for i, v := range p {
		sum += i * v
	}
	if !slices.Equal(p[:5], []int{1306, 2037, 568, 1897, 2498}) || sum != 6720159899 {
		t.Errorf("a shuffle of 3000: %v …, sum %d", p[:5], sum)
	}
}
