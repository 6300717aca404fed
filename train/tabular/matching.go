package tabular

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train/distill"
)

// noMomentum is the decay of the first moment in a training by moment matching, as Salimans et al. have it: a decay
// of 0 would mean the default.
const noMomentum = 1e-12

// drawRows draws rows of the teacher, of which a twentieth is held out, and prepares the matching of moments on them.
func (t *Training) drawRows(ctx context.Context, n int, o *distill.Options) error {
	m := t.teacher
	d, turns, err := t.labeledTeacher()
	if err != nil {
		return err
	}
	x := mat.NewDense(n, m.net.Dim(), nil)
	from, to := plainEnds(plainNFE)
	so := &sample.Options{NFE: plainNFE, Workers: o.Workers, Seed: stream.Seed(o.Seed, "train/distill"), Sink: func(first int, b *mat.Dense) error {
		r, _ := b.Dims()
		x.Slice(first, first+r, 0, m.net.Dim()).(*mat.Dense).Copy(b)
		if o.Progress != nil {
			return o.Progress(first + r)
		}
		return nil
	}}
	so.Start, so.End = runEnds(t.sched, from, to, len(m.net.Conds) > 0)
	so.Denoise = so.End > 0
	if _, err := sample.Run(ctx, d, sample.DPMpp2MSDE{Levels: m.categories()}, n, so); err != nil {
		return err
	}
	t.matching, err = distill.NewMatching(m.net.Model, t.student.Times, max(o.End, sde.MinTime(t.sched)), m.categories())
	if err != nil {
		return err
	}
	held := min(n/20+1, 1024)
	part := func(lo, hi int) distill.Clean {
		return distill.Clean{X: x.Slice(lo, hi, 0, m.net.Dim()).(*mat.Dense), Labels: func(c *mat.Dense, rows []int) {
			turns.draw(c, func(i int) int { return lo + rows[i] })
		}}
	}
	t.held, t.rows, t.cfg.Objective, t.cfg.Beta1 = part(0, held), part(held, n), t.matching, noMomentum
	return nil
}

// Parameters is the number of parameters of the network that is trained, without those of an auxiliary one.
func (t *Training) Parameters() int {
	if t.matching != nil {
		return t.network().Params.Count()
	}
	return t.trainer.Result().Parameters().Count()
}

// network is the network as it stands, with averaged parameters.
func (t *Training) network() *nn.Model {
	if m, ok := t.trainer.Result().(*distill.Matching); ok {
		return m.Student()
	}
	return t.trainer.Model()
}
