package main

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sample"
)

// measurement is the observations of a guide file for the methods that take y = A x + e
// in their steps.
type measurement struct {
	linear   sample.Measured  // with A nil unless all are linear, with normal errors
	general  *sample.Observed // one observation that is not
	logScale float64          // log p(y) is that of linear.Y plus this
}

// measured reads them. Errors of several standard deviations are brought to the same,
// 1, by scaling.
func (g *guideFile) measured(e *datasets.Codec, method string) (*measurement, error) {
	var obs []guide.Observation
	for i, t := range g.Guide {
		switch {
		case t.Within != nil || t.Reward != nil:
			return nil, badUsage("guide %d: --method %s takes observations y = A x + e alone: leave within and reward to tds", i+1, method)
		case t.Method != "" || t.Strength != 0 || t.Zeta != 0:
			return nil, badUsage("guide %d: a method, its strength and zeta are those of guides, and --method %s is none: leave them away", i+1, method)
		}
		o, err := t.observation(e)
		if err != nil {
			return nil, badUsage("guide %d: %w", i+1, err)
		}
		obs = append(obs, o)
	}
	m := &measurement{}
	err := m.join(obs)
	if err == nil || method != "diffpir" {
		return m, err
	}
	if len(obs) > 1 {
		return nil, badUsage("%w; or give all in one observation", err)
	}
	return &measurement{general: &sample.Observed{A: obs[0].A, Y: obs[0].Y, Error: obs[0].Error}}, nil
}

// join makes one linear observation of all.
func (m *measurement) join(obs []guide.Observation) error {
	var a, y []float64
	var sd []float64 // of each number
	d := 0
	for i, o := range obs {
		l, linear := o.A.(guide.Linear)
		law, normal := o.Error.(guide.Normal)
		switch {
		case !linear:
			return badUsage("guide %d is not linear, for a column is encoded by its quantiles: this method needs it to be; train with --encoding standard, or use --method tds or diffpir", i+1)
		case !normal:
			return badUsage("guide %d has an error that is not normal: this method needs it to be; use --method tds or diffpir", i+1)
		}
		var k int
		d, k = l.Dims()
		for r := range k {
			a, y, sd = append(a, l.M.RawRowView(r)...), append(y, o.Y.At(0, r)), append(sd, law.SD)
		}
	}
	m.linear.SD = sd[0]
	for _, s := range sd {
		if s != sd[0] {
			m.linear.SD = 1
		}
	}
	for r, s := range sd {
		f := m.linear.SD / s
		m.logScale += math.Log(f)
		y[r] *= f
		for j := range d {
			a[r*d+j] *= f
		}
	}
	m.linear.A, m.linear.Y = guide.NewLinear(mat.NewDense(len(y), d, a)), mat.NewDense(1, len(y), y)
	return nil
}

// measurement reads the file of --guide for a method that needs one.
func (o *sampleFlags) measurement(b *bundle) (*measurement, error) {
	switch {
	case o.guide.file == "":
		return nil, badUsage("--method %s needs an observation: give --guide FILE.yaml", o.steer.method)
	case o.guide.classifier != "":
		return nil, badUsage("--method %s takes no --classifier: use guided, or tds", o.steer.method)
	}
	f, err := readGuide(o.guide.file)
	if err != nil {
		return nil, err
	}
	m, err := f.measured(b.codec, o.steer.method)
	if err != nil {
		return nil, usage{fmt.Errorf("%s: %w", o.guide.file, err)}
	}
	return m, nil
}
