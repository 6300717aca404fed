package inference

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// scores maps each column of data to normal scores: Φ⁻¹ of its rank among the rows that
// the map was made of, and beyond these straight on, in units of their standard deviation.
// So heavy tails and counts do no harm, and what is far away stays far away.
type scores struct {
	sorted [][]float64
	sd     []float64
}

func newScores(x *mat.Dense) *scores {
	_, w := x.Dims()
	s := &scores{make([][]float64, w), make([]float64, w)}
	for j := range w {
		v := mat.Col(nil, j, x)
		slices.Sort(v)
		mean := 0.0
		for _, u := range v {
			mean += u / float64(len(v))
		}
		for _, u := range v {
			s.sd[j] += (u - mean) * (u - mean) / float64(len(v))
		}
		s.sorted[j], s.sd[j] = v, math.Sqrt(s.sd[j])
	}
	return s
}

// constantScore is that of another value in a column that is constant.
const constantScore = 100

// row stores the scores of a row.
func (s *scores) row(dst, x []float64) {
	for j, v := range x {
		sorted := s.sorted[j]
		n := len(sorted)
		lo, hi := sorted[0], sorted[n-1]
		end := normalQuantile((float64(n) - 0.5) / float64(n))
		switch {
		case lo == hi && v == lo:
			dst[j] = 0
		case lo == hi:
			dst[j] = math.Copysign(constantScore, v-lo)
		case v < lo:
			dst[j] = -end + (v-lo)/s.sd[j]
		case v > hi:
			dst[j] = end + (v-hi)/s.sd[j]
		default:
			dst[j] = normalQuantile(s.share(j, v))
		}
	}
}

// share is the middle of the ranks that v has, or may have between two rows, as a share.
func (s *scores) share(j int, v float64) float64 {
	sorted := s.sorted[j]
	n := len(sorted)
	below, found := slices.BinarySearch(sorted, v)
	if found {
		upto, _ := slices.BinarySearch(sorted, math.Nextafter(v, math.Inf(1)))
		return float64(below+upto) / 2 / float64(n)
	}
	a, b := sorted[below-1], sorted[below] // v is inside
	first, _ := slices.BinarySearch(sorted, a)
	last, _ := slices.BinarySearch(sorted, math.Nextafter(b, math.Inf(1)))
	from, to := float64(first+below)/2, float64(below+last)/2
	return (from + (to-from)*(v-a)/(b-a)) / float64(n)
}

// all are the scores of all rows.
func (s *scores) all(x *mat.Dense) *mat.Dense {
	n, w := x.Dims()
	z := mat.NewDense(n, w, nil)
	for i := range n {
		s.row(z.RawRowView(i), x.RawRowView(i))
	}
	return z
}

func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
