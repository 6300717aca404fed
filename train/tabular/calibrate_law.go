package tabular

import (
	"context"
	"fmt"
	"slices"

	"tweedie/guide/calibration"
	"tweedie/internal/stream"
)

// oneLaw compares rows of the query with weighted rows of the model.
func (c *calibrator) oneLaw(ctx context.Context) (*calibration.Report, error) {
	vars, at := c.variables()
	p, err := c.pooled(ctx, float64(c.o.Rows))
	if err != nil {
		return nil, err
	}
	if kept := len(c.accepted(p)); calibration.EffectiveRows(calibration.Weights(p.log)) < 20 {
		return nil, few(p.rows(), kept)
	}
	rows, err := c.asked(ctx)
	if err != nil {
		return nil, err
	}
	log, err := c.weigh(rows.Cells, 0)
	if err != nil {
		return nil, err
	}
	r, err := calibration.OneLaw(vars, calibration.Rows{X: cellNumbers(p.cells, at), Log: p.log},
		calibration.Rows{X: cellNumbers(rows.Cells, at), Log: log, Effective: rows.independent(c.o.Rows)})
	if err != nil {
		return nil, err
	}
	r.Caveats = rows.Caveats
	return r, nil
}

// asked are rows of the query.
func (c *calibrator) asked(ctx context.Context) (*DrawnRows, error) {
	q := c.q
	q.Seed = stream.Seed(c.q.Seed, "calibrate/rows")
	q.Progress = func(done int) error { return c.progress(done, c.o.Rows) }
	return c.model.Sample(ctx, c.o.Rows, &q)
}

// independent is about the number of independent rows among n: of particles that of the
// effective ones where they were fewest, over all groups.
func (r *DrawnRows) independent(n int) float64 {
	if r.Evidence == nil || len(r.Evidence.ESS) == 0 {
		return float64(n)
	}
	return min(float64(n), float64(r.Evidence.Distinct), float64(r.Evidence.Groups)*slices.Min(r.Evidence.ESS))
}

// referenceParticles of a group of fkc.
const referenceParticles = 500

// strengthened compares rows of a CFG other than 1 with particles of fkc.
func (c *calibrator) strengthened(ctx context.Context) (*calibration.Report, error) {
	q := c.q
	q.Conditioning = Conditioning{Method: "fkc", Particles: referenceParticles}
	q.Seed = stream.Seed(c.q.Seed, "calibrate/truth")
	q.Sampler.Name, q.Sampler.Eta = "", nil // weights are for steps with noise
	for _, l := range conditionNames(c.model.codec.Metadata()) {
		if _, ok := q.Given[l]; !ok {
			return nil, bad("cfg", "other than 1 is one law for each combination of labels: give a value of %s to check", l)
		}
	}
	if err := c.model.Check(c.o.Rows, &q); err != nil {
		return nil, err
	}
	truth, err := c.model.Sample(ctx, c.o.Rows, &q)
	if err != nil {
		return nil, err
	}
	if why := truth.Evidence.beyond(); why != "" {
		return nil, fmt.Errorf("the particles that rows of cfg %g would be compared with are wrong: %s", q.CFG, why)
	}
	rows, err := c.asked(ctx)
	if err != nil {
		return nil, err
	}
	vars, at := c.variables()
	r, err := calibration.OneLaw(vars, calibration.Rows{X: cellNumbers(truth.Cells, at), Effective: truth.independent(c.o.Rows)},
		calibration.Rows{X: cellNumbers(rows.Cells, at), Effective: rows.independent(c.o.Rows)})
	if err != nil {
		return nil, err
	}
	r.Tried = 0
	r.Truth = fmt.Sprintf("%d particles of p(x|label)^%.6g p(x)^(%.6g), by Feynman-Kac correctors, which are approximate too", c.o.Rows, c.q.CFG, 1-c.q.CFG)
	r.Caveats = rows.Caveats
	return r, nil
}
