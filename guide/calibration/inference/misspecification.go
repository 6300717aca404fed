package inference

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// Novelty says whether observations are such as the simulator makes. It is a test: if they
// are further draws of the prior and the simulator, each P is below p with probability p.
type Novelty struct {
	P       []float64 `json:"p_values"` // of each observation
	Score   []float64 `json:"scores"`   // the mean distance to the nearest simulations, in normal scores
	Typical float64   `json:"typical"`  // the median Score of simulations
	// Column and Share say of each observation which number is most unlike the simulations,
	// and the share of simulations whose number is as far out.
	Column []string  `json:"columns"`
	Share  []float64 `json:"shares"`
	// All is the p-value of all observations together, if each has a θ of its own: twice the
	// smaller one of two, by their P and by the kernel distance (MMD) of the whole.
	All float64 `json:"p_value"`
	MMD float64 `json:"p_mmd"`
}

const (
	noveltyNeighbors = 5
	noveltySets      = 999  // sets of simulations for the p-values of all
	noveltyMost      = 4000 // simulations of each half
	leastNovelty     = 40
)

// Misspecification compares observations, m×w, with simulations, n×w, of which one half is
// looked at, and the other half, held out, gives the p-values: the share of it, with one
// more counted in both, that is as far from the first half as an observation. Distances are
// means over the five nearest rows, after normal scores column by column and whitening. The
// halves are every second row. names are those of the columns.
//
// It errs on fewer than 40 simulations, and on a number that is not finite. It panics on a
// size mismatch.
func Misspecification(names []string, x, observations *mat.Dense, seed uint64, workers int) (*Novelty, error) {
	n, w := x.Dims()
	m, cols := observations.Dims()
	if cols != w || len(names) != w {
		panic("inference: size mismatch")
	}
	if n < leastNovelty {
		return nil, fmt.Errorf("%d simulations: give at least %d to compare an observation with", n, leastNovelty)
	}
	if n > 2*noveltyMost {
		x = x.Slice(0, 2*noveltyMost, 0, w).(*mat.Dense)
	}
	for k, part := range []*mat.Dense{x, observations} {
		if err := finite(part, []string{"simulation", "observation"}[k], names); err != nil {
			return nil, err
		}
	}
	space := newSpace(every(x, 0))
	held, obs := space.all(every(x, 1)), space.all(observations)
	null, score := space.distances(held, workers), space.distances(obs, workers)
	r := &Novelty{Score: score, P: make([]float64, m)}
	sorted := slices.Sorted(slices.Values(null))
	r.Typical = sorted[len(sorted)/2]
	for i, s := range score {
		r.P[i] = tail(sorted, s)
		j, share := space.scores.furthest(observations.RawRowView(i))
		r.Column, r.Share = append(r.Column, names[j]), append(r.Share, share)
	}
	r.together(space, held, obs, null, score, seed, workers)
	return r, nil
}

// tail is the share of sorted numbers, with one more, that are at least v.
func tail(sorted []float64, v float64) float64 {
	at, _ := slices.BinarySearch(sorted, v)
	return float64(1+len(sorted)-at) / float64(1+len(sorted))
}

// together sets the p-values of all observations, by permutation: sets of as many rows of
// the held-out simulations and the observations together tell how large Σ -ln p and the
// kernel distance are by chance.
func (r *Novelty) together(s *space, held, obs *mat.Dense, null, score []float64, seed uint64, workers int) {
	m, h := len(score), len(null)
	if r.MMD, r.All = 1, r.P[0]; m == 1 {
		return
	}
	k := s.kernel(held, obs, workers)
	pool := slices.Concat(null, score)
	sorted := slices.Sorted(slices.Values(pool))
	sums := func(set []int) (t float64) {
		for _, i := range set {
			at, _ := slices.BinarySearch(sorted, pool[i])
			t -= math.Log(float64(len(sorted)-at) / float64(len(sorted)))
		}
		return t
	}
	own := make([]int, m)
	for i := range own {
		own[i] = h + i
	}
	fisher, mmd := 1.0, 1.0
	ownSum, ownMMD := sums(own), k.distance(own)
	for b := range noveltySets {
		set := stream.New(seed, "inference/misspecification", uint64(b)).Perm(h + m)[:m]
		if sums(set) >= ownSum {
			fisher++
		}
		if k.distance(set) >= ownMMD {
			mmd++
		}
	}
	r.MMD = mmd / (noveltySets + 1)
	r.All = math.Min(1, 2*math.Min(r.MMD, fisher/(noveltySets+1)))
}

// space is where distances are taken: whitened normal scores of the rows that were looked at.
type space struct {
	scores *scores
	white  *mat.Dense // w×w
	rows   *mat.Dense
}

func newSpace(x *mat.Dense) *space {
	n, w := x.Dims()
	s := &space{scores: newScores(x)}
	z := s.scores.all(x)
	var c mat.Dense
	c.Mul(z.T(), z)
	sym := mat.NewSymDense(w, nil)
	shrink := math.Max(0.02, float64(w)/float64(w+n)) // to the identity
	for j := range w {
		for k := j; k < w; k++ {
			sym.SetSym(j, k, (1-shrink)*c.At(j, k)/float64(n))
		}
		sym.SetSym(j, j, sym.At(j, j)+shrink)
	}
	var e mat.EigenSym
	if !e.Factorize(sym, true) {
		panic("inference: a covariance without eigenvalues")
	}
	var v mat.Dense
	e.VectorsTo(&v)
	s.white = mat.NewDense(w, w, nil)
	for k, l := range e.Values(nil) {
		for j := range w {
			s.white.Set(j, k, v.At(j, k)/math.Sqrt(l))
		}
	}
	s.rows = s.all(x)
	return s
}

func (s *space) all(x *mat.Dense) *mat.Dense {
	n, w := x.Dims()
	z := mat.NewDense(n, w, nil)
	z.Mul(s.scores.all(x), s.white)
	return z
}

// distances are the mean distances of rows to the nearest that were looked at.
func (s *space) distances(rows *mat.Dense, workers int) []float64 {
	n, _ := rows.Dims()
	m, _ := s.rows.Dims()
	out := make([]float64, n)
	parallel.For(workers, n, func(i int) {
		var near [noveltyNeighbors]float64
		for k := range near {
			near[k] = math.Inf(1)
		}
		for p := range m {
			d := squared(rows.RawRowView(i), s.rows.RawRowView(p))
			for k := len(near) - 1; k >= 0 && d < near[k]; k-- {
				if k < len(near)-1 {
					near[k+1] = near[k]
				}
				near[k] = d
			}
		}
		for _, d := range near {
			out[i] += math.Sqrt(d) / noveltyNeighbors
		}
	})
	return out
}

func squared(a, b []float64) (sum float64) {
	for j, v := range a {
		sum += (v - b[j]) * (v - b[j])
	}
	return sum
}

// furthest is the column whose number is furthest out, and the share of rows that are as far.
func (s *scores) furthest(x []float64) (column int, share float64) {
	z := make([]float64, len(x))
	s.row(z, x)
	for j, v := range z {
		if math.Abs(v) > math.Abs(z[column]) {
			column = j
		}
	}
	sorted, v := s.sorted[column], x[column]
	below, _ := slices.BinarySearch(sorted, v)
	upto, _ := slices.BinarySearch(sorted, math.Nextafter(v, math.Inf(1)))
	return column, math.Min(1, 2*float64(min(upto, len(sorted)-below))/float64(len(sorted)))
}

// kernel has what the kernel distance of sets of rows to those looked at needs.
type kernel struct {
	rows  []([]float64)
	width float64   // 2 h², h the median distance
	cross []float64 // mean kernel of each row with those looked at
}

// kernelRows bounds the rows that are looked at.
const kernelRows = 1000

func (s *space) kernel(held, obs *mat.Dense, workers int) *kernel {
	k := &kernel{}
	for _, part := range []*mat.Dense{held, obs} {
		n, _ := part.Dims()
		for i := range n {
			k.rows = append(k.rows, part.RawRowView(i))
		}
	}
	m, _ := s.rows.Dims()
	m = min(m, kernelRows)
	var all []float64
	for i := 1; i < min(m, 200); i++ {
		for l := range i {
			all = append(all, squared(s.rows.RawRowView(i), s.rows.RawRowView(l)))
		}
	}
	slices.Sort(all)
	k.width = 2 * math.Max(all[len(all)/2], 1e-12)
	k.cross = make([]float64, len(k.rows))
	parallel.For(workers, len(k.rows), func(i int) {
		for p := range m {
			k.cross[i] += math.Exp(-squared(k.rows[i], s.rows.RawRowView(p))/k.width) / float64(m)
		}
	})
	return k
}

// distance is MMD² (Gretton et al. 2012, eq. 5) up to the term of the rows looked at, which
// all sets share.
func (k *kernel) distance(set []int) float64 {
	sum, n := 0.0, float64(len(set))
	for a, i := range set {
		sum += 1/(n*n) - 2*k.cross[i]/n
		for _, l := range set[:a] {
			sum += 2 / (n * n) * math.Exp(-squared(k.rows[i], k.rows[l])/k.width)
		}
	}
	return sum
}

// finite errs on the first number that is not.
func finite(m *mat.Dense, what string, names []string) error {
	n, d := m.Dims()
	for i := range n {
		for j := range d {
			if v := m.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s %d, %s is %g: give finite numbers", what, i+1, names[j], v)
			}
		}
	}
	return nil
}
