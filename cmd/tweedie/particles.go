package main

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// swarm is the particles of one command: groups of them, until enough satisfy every
// condition.
type swarm struct {
	app    *app
	o      *sampleFlags
	b      *bundle
	r      *request
	aim    aim
	m      sample.Method
	bounds []cellBound // of the guide file, checked on the cells written
	chunks []chunk
	done   int // groups
}

// chunk is groups that were run together, and the cells of their particles.
type chunk struct {
	first  int
	cloud  *sample.Cloud
	cells  *datasets.Cells
	weight []float64 // of the particles: 0 where a condition fails
	log    []float64 // evidence of the groups, conditions included
}

// Particles are drawn until there are as many of use as rows, at most so often; and
// labels that are drawn take at least so many groups, each of which has one combination.
const (
	maxRounds   = 10
	labelGroups = 32
)

// sampleParticles draws rows by particles: groups that follow what is known, with
// weights that undo what is approximate in how they do.
func (a *app) sampleParticles(ctx context.Context, o *sampleFlags, b *bundle) error {
	m, err := o.on(b.model.Schedule())
	if err != nil {
		return err
	}
	s := &swarm{app: a, o: o, b: b, m: m}
	if s.r, err = o.guide.request(b, a.seed); err != nil {
		return err
	}
	if s.aim, err = o.aim(b, s.r); err != nil {
		return err
	}
	if s.bounds, err = o.cellBounds(b); err != nil {
		return err
	}
	out, err := a.heldOutput(o.out)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := s.run(ctx); err != nil {
		return err
	}
	w := newTableWriter(out, o.out, b.codec, 0, a.seed)
	distinct, err := s.draw(w.w)
	if err != nil {
		return s.report(0, err)
	}
	if err := w.w.Close(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return s.report(distinct, nil)
}

// quota is the number of rows of a kind, of those that come in turn.
func (s *swarm) quota(kind int) int {
	k := s.r.kinds()
	return (s.o.rows - kind + k - 1) / k
}

// run draws groups until there are enough particles of each kind.
func (s *swarm) run(ctx context.Context) error {
	kinds := s.r.kinds()
	groups := (s.quota(0) + s.o.steer.particles - 1) / s.o.steer.particles
	if s.r.freeLabels() {
		groups = max(groups, labelGroups)
	}
	p, have := s.app.progress("sample", s.o.rows), 0
	for round := range maxRounds {
		if err := s.more(ctx, groups*kinds); err != nil {
			return err
		}
		enough := true
		have = 0
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
		p.set(have, "")
		if enough || have == 0 && round > 0 { // what two rounds have nothing of is out of reach
			break
		}
	}
	if have > 0 {
		p.finish()
	}
	return nil
}

// more runs further groups.
func (s *swarm) more(ctx context.Context, groups int) error {
	opts := *s.o.options()
	opts.Steps, opts.NFE, opts.Temperature = s.o.evaluations(), 0, 0
	opts.Seed, opts.Workers, opts.First = s.app.seed, s.app.workers, s.done
	threshold := s.o.steer.ess
	if threshold == 0 {
		threshold = -1 // never
	}
	k := s.o.steer.particles
	cloud, err := sample.RunParticles(ctx, s.aim.target, s.m, groups, k, &sample.ParticleOptions{
		Options: opts, Resampler: resamplers[s.o.steer.resampler], Threshold: threshold,
	})
	if err != nil && (cloud == nil || collapsed(cloud) < groups) {
		return err
	}
	c := chunk{first: s.done, cloud: cloud, cells: datasets.NewCells(s.b.codec.Metadata(), 0), weight: cloud.Weights}
	s.done += groups
	if err := s.judge(&c); err != nil {
		return err
	}
	s.chunks = append(s.chunks, c)
	return nil
}

func collapsed(c *sample.Cloud) (n int) {
	for _, k := range c.Collapsed[:c.Done] {
		if k >= 0 {
			n++
		}
	}
	return n
}

// judge decodes the particles and takes those away that fail a condition.
func (s *swarm) judge(c *chunk) error {
	k, n := s.o.steer.particles, len(c.weight)
	(&guided{known: s.r.known}).settleGroups(c.cloud.X, c.first, k)
	if err := s.b.codec.Decode(c.cells, c.cloud.X, datasets.Decoding{Seed: s.app.seed, FirstRow: uint64(c.first * k)}); err != nil {
		return err
	}
	if len(s.r.laws) > 0 {
		labels := mat.NewDense(n, len(s.b.model.Conds), nil)
		s.r.laws.draw(labels, func(i int) int { return c.first + i/k })
		s.b.codec.SetConditions(c.cells, labels)
	}
	for g := range n / k {
		left := 0.0
		for i := g * k; i < (g+1)*k; i++ {
			if c.weight[i] > 0 && !s.holds(c.cells, i) {
				c.weight[i] = 0
			}
			left += c.weight[i]
		}
		c.log = append(c.log, c.cloud.LogEvidence[g]+s.aim.logScale+math.Log(left))
	}
	return nil
}

// settleGroups is settle for groups of k rows.
func (g *guided) settleGroups(x *mat.Dense, first, k int) {
	n, d := x.Dims()
	for i := 0; i < n && len(g.known) > 0; i++ {
		g.settle(x.Slice(i, i+1, 0, d).(*mat.Dense), first+i/k)
	}
}

func (s *swarm) holds(c *datasets.Cells, i int) bool {
	if s.r.where != nil && !s.r.where.holds(c, i) {
		return false
	}
	for _, b := range s.bounds {
		if !b.holds(c, i) {
			return false
		}
	}
	return true
}

// of returns the indices, over all chunks, and the weights of the particles of a kind.
// Groups count alike, unless their labels were drawn: then how well these go with
// what is known is in the evidence of the group.
func (s *swarm) of(kind int) (at []int, w []float64) {
	k, kinds, top := s.o.steer.particles, s.r.kinds(), math.Inf(-1)
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
			if s.r.freeLabels() && v > 0 {
				v *= math.Exp(c.cloud.LogEvidence[g] - top)
			}
			at, w = append(at, c.first*k+i), append(w, v)
		}
	}
	return at, w
}

// draw writes the rows, and returns how many particles they are.
func (s *swarm) draw(w datasets.CellWriter) (distinct int, err error) {
	key := stream.NewKey(s.app.seed, "particles/draw")
	src := stream.NewSource(key)
	counts := make([]int, s.done*s.o.steer.particles)
	for kind := range s.r.kinds() {
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
		var idx []int
		for i := range c.weight {
			for range counts[c.first*s.o.steer.particles+i] {
				idx = append(idx, i)
			}
		}
		if len(idx) == 0 {
			continue
		}
		if err := w.Write(c.cells.Subset(idx)); err != nil {
			return 0, err
		}
	}
	return distinct, nil
}
