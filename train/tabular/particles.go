package tabular

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/spec"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// particles are groups of particles, drawn until enough satisfy every condition.
type particles struct {
	*query
	target target
	method sample.Method
	bounds []spec.Bound // of the guide file, checked on the cells written
	chunks []chunk
	groups int

	byEvidence bool // groups count by their evidence, and not alike
}

// chunk is groups that were run together, and the cells of their particles.
type chunk struct {
	first         int
	cloud         *sample.Particles
	cells         *datasets.Cells
	weight        []float64 // of the particles: 0 where a condition fails
	log, variance []float64 // evidence of the groups, conditions included, and its variance
}

// Particles are drawn until as many are of use as there are rows, at most so often. Labels
// that are drawn take at least so many groups, each of which has one combination.
const (
	maxRounds   = 10
	labelGroups = 32
)

// sampleParticles draws rows by particles: groups that follow what is known, with
// weights that correct what is approximate in how they do.
func (r *query) sampleParticles(ctx context.Context) error {
	s := &particles{query: r}
	var err error
	if s.method, err = r.Sampler.Method(r.model.net.Schedule()); err != nil {
		return err
	}
	if s.target, err = r.target(); err != nil {
		return err
	}
	if r.Guide != nil {
		if s.bounds, err = r.Guide.Bounds(r.model.codec); err != nil {
			return bad("guide", "%w", err)
		}
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	distinct, err := s.draw()
	s.summarize(distinct, err)
	return err
}

// quota is the number of rows of a kind, of those that come in turn.
func (s *particles) quota(kind int) int {
	k := s.kinds()
	return (s.rows - kind + k - 1) / k
}

// run draws groups until there are enough particles of each kind.
func (s *particles) run(ctx context.Context) error {
	kinds := s.kinds()
	groups := (s.quota(0) + s.Conditioning.Particles - 1) / s.Conditioning.Particles
	if s.freeLabels() {
		groups = max(groups, labelGroups)
	}
	for round := range maxRounds {
		if err := s.more(ctx, groups*kinds); err != nil {
			return err
		}
		enough, have := true, 0
		for kind := range kinds {
			_, w := s.of(kind)
			useful := 0
			for _, v := range w {
				if v > 0 {
					useful++
				}
			}
			have += min(useful, s.quota(kind))
			enough = enough && useful >= s.quota(kind)
		}
		if err := s.progress(have); err != nil {
			return err
		}
		if enough || have == 0 && round > 0 { // what two rounds have nothing of is out of reach
			break
		}
	}
	return nil
}

// more runs further groups.
func (s *particles) more(ctx context.Context, groups int) error {
	o := *s.options(s.Sampler)
	o.Steps, o.NFE, o.Temperature, o.First = s.Sampler.Evaluations(), 0, 0, s.groups
	resampler, err := sample.ParseResampler(s.Conditioning.Resampler)
	if err != nil {
		return err
	}
	k := s.Conditioning.Particles
	cloud, err := sample.RunParticles(ctx, s.target.Target, s.method, groups, k, &sample.ParticleOptions{
		Options: o, Resampler: resampler, Threshold: s.Conditioning.ESS,
	})
	if err != nil && (cloud == nil || collapsed(cloud) < groups) {
		return err
	}
	c := chunk{first: s.groups, cloud: cloud, cells: datasets.NewCells(s.model.codec.Metadata(), 0), weight: cloud.Weights}
	s.groups += groups
	if err := s.judge(&c); err != nil {
		return err
	}
	s.chunks = append(s.chunks, c)
	return nil
}

func collapsed(c *sample.Particles) (n int) {
	for _, k := range c.Collapsed[:c.Done] {
		if k >= 0 {
			n++
		}
	}
	return n
}

// judge decodes the particles and takes those away that fail a condition.
func (s *particles) judge(c *chunk) error {
	k, n := s.Conditioning.Particles, len(c.weight)
	group := func(i int) int { return c.first + i/k }
	var labels *mat.Dense
	if len(s.labels) > 0 {
		labels = mat.NewDense(n, len(s.model.net.Conds), nil)
		s.labels.draw(labels, group)
	}
	if _, err := s.model.decode(c.cells, c.cloud.X, labels, s.Seed, c.first*k, s.said()); err != nil {
		return err
	}
	for g := range n / k {
		left := 0.0
		for i := g * k; i < (g+1)*k; i++ {
			if c.weight[i] > 0 && !s.holds(c.cells, i) {
				c.weight[i] = 0
			}
			left += c.weight[i]
		}
		c.log = append(c.log, c.cloud.LogEvidence[g]+s.target.logScale+math.Log(left))
		v := 0.0
		if left > 0 { // as if conditions did not depend on descent
			v = (c.cloud.Variance[g]+1/float64(k))/left - 1/float64(k)
		}
		c.variance = append(c.variance, v)
	}
	return nil
}

func (s *particles) holds(c *datasets.Cells, i int) bool {
	if s.where != nil && !s.where.Holds(c, i) {
		return false
	}
	for _, b := range s.bounds {
		if !b.Holds(c, i) {
			return false
		}
	}
	return true
}

// of returns the indices, over all chunks, and the weights of the particles of a kind.
// Groups count alike, unless their evidence is to count, as it must where labels were
// drawn, for it says how well these go with what is known.
func (s *particles) of(kind int) (at []int, w []float64) {
	k, kinds, top := s.Conditioning.Particles, s.kinds(), math.Inf(-1)
	for _, c := range s.chunks {
		for _, l := range c.cloud.LogEvidence {
			top = math.Max(top, l)
		}
	}
	for _, c := range s.chunks {
		for i, v := range c.weight {
			g := i / k
			if (c.first+g)%kinds != kind {
				continue
			}
			if (s.byEvidence || s.freeLabels()) && v > 0 {
				v *= math.Exp(c.cloud.LogEvidence[g] - top)
			}
			at, w = append(at, c.first*k+i), append(w, v)
		}
	}
	return at, w
}

// draw hands the rows on, and returns how many particles they are.
func (s *particles) draw() (distinct int, err error) {
	key := stream.NewKey(s.Seed, "particles/draw")
	src := stream.NewSource(key)
	counts := make([]int, s.groups*s.Conditioning.Particles)
	for kind := range s.kinds() {
		at, weight := s.of(kind)
		total := 0.0
		for _, v := range weight {
			total += v
		}
		if !(total > 0) {
			return 0, s.nothing()
		}
		idx := make([]int, s.quota(kind))
		src.Seek(key.At(uint64(kind)))
		sample.Systematic.Resample(idx, weight, src.Rand)
		for _, i := range idx {
			if counts[at[i]]++; counts[at[i]] == 1 {
				distinct++
			}
		}
	}
	for _, c := range s.chunks {
		idx := []int{}
		for i := range c.weight {
			for range counts[c.first*s.Conditioning.Particles+i] {
				idx = append(idx, i)
			}
		}
		if len(idx) == 0 {
			continue
		}
		if err := s.out.emit(c.cells.Subset(idx), nil); err != nil {
			return 0, err
		}
	}
	return distinct, nil
}

// nothing says why there are no rows.
func (s *particles) nothing() error {
	alive := s.groups
	for _, c := range s.chunks {
		alive -= collapsed(c.cloud)
	}
	if alive == 0 {
		return fmt.Errorf("all %d groups collapsed, every weight being 0: the model hardly reaches what is asked; take more particles, more noise in the observation or wider bounds", s.groups)
	}
	return fmt.Errorf("no particle of %d satisfied the conditions: take more particles, or wider conditions", s.groups*s.Conditioning.Particles)
}
