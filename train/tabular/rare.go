package tabular

import (
	"context"
	"fmt"
	"math"

	"tweedie/internal/stream"
	"tweedie/sample"
)

// Rows that few of the model's satisfy conditions are drawn by particles, since a guide
// alone moves rows of frequent kinds into the range of a rare kind, where they satisfy
// the conditions and are wrong. Rejection finds references first, by which the
// particles are judged: unless they agree, rows are rejected on.
const (
	references       = 24 // rows that fit, for which at most hopelessRun are tried
	fewestReferences = 8  // so many at least tell something about the law
	rareParticles    = 64 // of a group
	rowsPerGroup     = 4
	judgedGroups     = 32 // that are compared with the references
	leastGroups      = 6  // effective number of them
	rarest           = 1e-6
	gradientCost     = 3 // evaluations that take as long as one with its gradient, for each condition
	significance     = 0.02
)

// weighable reports whether particles draw the rows of the query, but for their
// conditions, by the law and the sampler by which they are rejected.
func (r *query) weighable() bool {
	t := r.Sampler.Temperature
	m, err := r.guidingSampler().Method(r.model.net.Schedule())
	if err != nil || t != 0 && t != 1 || r.kinds() > 1 || r.freeLabels() || len(r.whereTerms()) == 0 {
		return false
	}
	_, kernel := m.New(r.model.net, 1).(sample.Kernel)
	return kernel && m.Info().Stochastic && r.Guide == nil && r.Classifier == nil && len(r.Terms) == 0
}

// sampleRare draws the rows that rejection has still to find. It reports false where
// particles do not agree with what rejection found.
func (r *query) sampleRare(ctx context.Context, s *rejection) (bool, error) {
	s.until = references
	for !s.paused() && s.tried < hopelessRun {
		if err := r.try(ctx, s, hopelessRun-s.tried, false); err != nil {
			return false, err
		}
	}
	s.until = 0
	want := max(judgedGroups, (s.rows-s.kept+rowsPerGroup-1)/rowsPerGroup)
	evaluations := float64(r.guidingSampler().Evaluations()) / float64(r.Sampler.Evaluations()) // of a particle, for one of a row
	cost := gradientCost * evaluations * float64(want*rareParticles*r.guided())
	if s.done() || !s.hopeless() && float64(s.rows-s.kept) <= s.share()*cost {
		return false, nil // rejection is no dearer
	}
	p, err := r.rareParticles(s.kept)
	if err != nil {
		return false, err
	}
	if err := p.more(ctx, judgedGroups); err != nil {
		return false, err
	}
	if ok, err := p.agrees(s); !ok || err != nil {
		return false, err
	}
	for p.groups < want {
		if err := p.progress(p.rows * p.groups / want); err != nil {
			return false, err
		}
		if err := p.more(ctx, min(judgedGroups, want-p.groups)); err != nil {
			return false, err
		}
	}
	distinct, err := p.draw()
	p.summarize(distinct, err)
	if err == nil {
		err = p.progress(p.rows)
	}
	r.report, r.Conditioning = p.report, p.Conditioning
	r.report.Tried, r.report.Satisfied = s.tried, s.share()
	if s.passed < fewestReferences {
		r.report.Caveats = appendNew(r.report.Caveats, fmt.Sprintf("of %d rows of the model only %d satisfied the conditions, too few to judge the weighted rows by: ask for wider conditions, or compare with more particles", s.tried, s.passed))
	}
	return true, err
}

// rareParticles are particles for the rows that are left after so many.
func (r *query) rareParticles(kept int) (*particles, error) {
	q := *r
	q.rows = r.rows - kept
	q.Sampler = r.guidingSampler()
	if r.Progress != nil {
		q.Progress = func(done int) error { return r.Progress(kept + done) }
	}
	var err error
	if q.Conditioning, q.how, err = (Conditioning{Method: "tds", Particles: rareParticles}).resolve(); err != nil {
		return nil, err
	}
	s := &particles{query: &q, byEvidence: true}
	if s.method, err = q.Sampler.Method(q.model.net.Schedule()); err != nil {
		return nil, err
	}
	s.target, err = q.target()
	return s, err
}

// agrees reports whether the groups so far have the law of the rows that rejection
// found, as far as these tell: the share of the model that they stand for, and the rows.
// It errs where there are next to no such rows.
func (s *particles) agrees(by *rejection) (bool, error) {
	all := s.merged()
	groups, err := sameShare(all.LogEvidence, all.Variance, by)
	if err != nil || groups < leastGroups {
		return false, err
	}
	if by.kept < fewestReferences {
		return true, nil
	}
	at, weight := s.of(0)
	idx := make([]int, groups) // as many as there are independent ones
	key := stream.NewKey(s.Seed, "where/judge")
	src := stream.NewSource(key)
	src.Seek(key.At(0))
	sample.Systematic.Resample(idx, weight, src.Rand)
	for i, k := range idx {
		idx[i] = at[k]
	}
	found := joined(s.model.codec.Metadata(), by.found)
	return sameLaw(found, s.chunks[0].cells.Subset(idx), src.Rand) > significance, nil
}

// sameShare compares the share of rows that rejection found with the evidence of
// groups, and returns how many groups effectively stand for it: 0 where the two are more
// than three standard errors apart.
func sameShare(logs, variance []float64, by *rejection) (groups int, err error) {
	log, se := sample.MeanEvidence(logs, variance)
	if math.IsInf(log, -1) {
		return 0, nil
	}
	n, k := float64(by.tried), float64(by.passed)
	if k == 0 && log < math.Log(rarest) {
		return 0, fmt.Errorf("none of %d rows satisfied the conditions, and by particles a share of %.1g does: the model hardly has such rows; give wider conditions, or guide rows towards them, which makes rows that it does not have", by.tried, math.Exp(log))
	}
	seen := math.Max(k, 1)
	off := (log - math.Log(seen/n)) / math.Sqrt(se*se+1/seen+0.01) // that of the steps in it
	if off > 3 || off < -3 && k > 0 {
		return 0, nil
	}
	sum, square := 0.0, 0.0
	for _, l := range logs {
		w := math.Exp(l - log)
		sum, square = sum+w, square+w*w
	}
	return int(sum * sum / square), nil
}
