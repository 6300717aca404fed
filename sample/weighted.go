package sample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// Particles is the result of RunParticles: weighted particles. Row g·PerGroup+i of X
// is particle i of group g. When the run ended early the first Done groups are
// finished, and nothing of the others means anything.
type Particles struct {
	X        *mat.Dense
	Weights  []float64 // of the rows of X; they sum to 1 in each group, or are all 0 where it collapsed
	Groups   int
	PerGroup int // of a group
	Done     int
	Times    []float64

	// LogEvidence[g] is log Ẑ of group g in nats, -Inf where it collapsed. Ẑ is an
	// unbiased estimate of Z = E[ψ_0(x_0)] under the discretized chain; log Ẑ is
	// low on average.
	LogEvidence []float64
	// Variance[g] estimates that of Ẑ/Z in group g, as 1/R - 1/PerGroup, where R is the
	// effective number of the particles at the first time that those at the end, by their
	// weights, descend from (Chan & Lai 2013, arXiv:1207.2630; Lee & Whiteley 2018,
	// arXiv:1509.00394). It is high where groups are resampled often. It is 0 after
	// a collapse.
	Variance []float64
	// ESS[g][k] is the effective number of the particles of group g, 1/Σ W², at
	// Times[k] before any resampling, by the weights that decide on it, and one more after Denoise. Entries after a
	// collapse are 0.
	ESS [][]float64
	// Collapsed[g] is the first k where all weights of group g were 0, or -1.
	Collapsed []int
	// Resampled[g] is how often group g was resampled.
	Resampled []int
	// Ancestors[g][k][i] is the index that particle i had before the resampling of
	// step k; nil where there was none, or without ParticleOptions.Ancestry.
	Ancestors [][][]int

	NFE     float64 // mean denoiser evaluations of a particle
	Caveats []string
}

func newParticles(groups, k, d, moves int, times []float64) *Particles {
	c := &Particles{
		X: mat.NewDense(groups*k, d, nil), Weights: make([]float64, groups*k), Groups: groups, PerGroup: k, Times: times,
		LogEvidence: make([]float64, groups), Variance: make([]float64, groups), ESS: make([][]float64, groups), Collapsed: make([]int, groups),
		Resampled: make([]int, groups), Ancestors: make([][][]int, groups),
	}
	for g := range groups {
		c.ESS[g], c.Collapsed[g] = make([]float64, moves+1), -1
	}
	return c
}

// rows returns the particles of group g, a view.
func (c *Particles) rows(g int) *mat.Dense {
	_, d := c.X.Dims()
	return c.X.Slice(g*c.PerGroup, (g+1)*c.PerGroup, 0, d).(*mat.Dense)
}

// keep stores a finished group; root are the first particles that its particles descend from.
func (c *Particles) keep(g int, x *mat.Dense, w []float64, evidence float64, root []int) {
	c.rows(g).Copy(x)
	copy(c.Weights[g*c.PerGroup:], w)
	c.LogEvidence[g] = evidence
	c.Variance[g] = relativeVariance(w, root)
}

func (c *Particles) collapse(g, k int, x *mat.Dense) {
	c.rows(g).Copy(x)
	c.Collapsed[g], c.LogEvidence[g] = k, math.Inf(-1)
}

func (c *Particles) branch(g, k int, idx []int) {
	if c.Ancestors[g] == nil {
		c.Ancestors[g] = make([][]int, len(c.ESS[g])-1)
	}
	c.Ancestors[g][k] = append([]int(nil), idx...)
}

// time of the k-th entry of ESS.
func (c *Particles) time(k int) float64 { return c.Times[min(k, len(c.Times)-1)] }

// Draw returns n rows of each finished group, drawn in proportion to the weights
// by one systematic resampling: rows without weights. It errs if a group
// collapsed.
func (c *Particles) Draw(n int, seed uint64) (*mat.Dense, error) {
	if n <= 0 {
		panic("sample: non-positive number of rows")
	}
	_, d := c.X.Dims()
	x, idx := mat.NewDense(c.Done*n, d, nil), make([]int, n)
	src := stream.NewSource(stream.NewKey(seed, "sample/draw"))
	for g := range c.Done {
		if c.Collapsed[g] >= 0 {
			return nil, fmt.Errorf("sample: no rows to draw from: group %d collapsed at t = %.4g", g, c.time(c.Collapsed[g]))
		}
		src.Seek(stream.NewKey(seed, "sample/draw").At(uint64(g)))
		Systematic.Resample(idx, c.Weights[g*c.PerGroup:(g+1)*c.PerGroup], src.Rand)
		gatherRows(x.Slice(g*n, (g+1)*n, 0, d).(*mat.Dense), c.rows(g), idx)
	}
	return x, nil
}

// Lineage returns, for each particle of group g, the index at the first time of
// the one that it descends from. It panics without ParticleOptions.Ancestry if
// the group was resampled.
func (c *Particles) Lineage(g int) []int {
	line := make([]int, c.PerGroup)
	for i := range line {
		line[i] = i
	}
	if c.Resampled[g] > 0 && c.Ancestors[g] == nil {
		panic("sample: a lineage without ParticleOptions.Ancestry")
	}
	for k := len(c.Ancestors[g]) - 1; k >= 0; k-- {
		if a := c.Ancestors[g][k]; a != nil {
			for i, j := range line {
				line[i] = a[j]
			}
		}
	}
	return line
}
