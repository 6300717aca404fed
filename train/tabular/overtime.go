package tabular

import (
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// overTime returns the function that a formula of the time describes under the schedule of
// the model, nil for no formula. number, not 0, would be the same setting as a number.
func (r *query) overTime(option, text string, number float64) (func(t float64) float64, error) {
	if text == "" {
		return nil, nil
	}
	if number != 0 {
		return nil, bad(option, "is both %v and %q: give one", number, text)
	}
	f, err := sde.ParseOverTime(text, r.model.net.Schedule())
	if err != nil {
		return nil, bad(option, "is %q: give a number, or a formula of t, sigma and lambda: %w", text, err)
	}
	return f, nil
}

// overTimes reads the formulas of the query, before numbers get their defaults.
func (r *query) overTimes() (err error) {
	for _, c := range []struct {
		option, text string
		number       float64
		to           *func(t float64) float64
	}{
		{"cfg", r.CFGFormula, r.CFG, &r.over.cfg}, {"scale", r.ScaleFormula, r.ClassifierScale, &r.over.scale},
		{"lambda", r.Conditioning.LambdaFormula, r.Conditioning.Lambda, &r.over.lambda}, {"zeta", r.Conditioning.ZetaFormula, r.Conditioning.Zeta, &r.over.zeta},
	} {
		if *c.to, err = r.overTime(c.option, c.text, c.number); err != nil {
			return err
		}
	}
	if r.Guide == nil {
		return nil
	}
	if r.Guide, err = r.Guide.Under(r.model.net.Schedule()); err != nil {
		return bad("guide", "%w", err)
	}
	return nil
}

// checkOverTime refuses functions of time where there is one law, or one step, to be had.
func (r *query) checkOverTime() error {
	method := r.Conditioning.Method
	switch {
	case r.over.scale != nil && r.Classifier == nil:
		return bad("scale", "is the strength of a classifier: give one")
	case r.over.cfg != nil && (method == "fkc" || method == "cfgpp"):
		return bad("cfg", "is a number for method %s: a formula of the time is for the others", method)
	}
	return nil
}

// constant errs for a term whose strength is a function of time, for methods that take the
// strength of finished rows.
func constant(method string, terms []guide.Term) error {
	for i, t := range terms {
		over := false
		switch g := t.(type) {
		case guide.DPS:
			over = g.StrengthFunc != nil || annealed(g.Error)
		case guide.Reward:
			over = g.StrengthFunc != nil
		case guide.ClassifierGuidance:
			over = g.ScaleFunc != nil
		case guide.MMPS:
			over = annealed(g.Error)
		case guide.PiGDM:
			over = annealed(g.Error)
		}
		if over {
			return bad("method", "%s takes the strength and the error of guide %d at t = 0 alone, and they are functions of time: give numbers, or use tds", method, i+1)
		}
	}
	return nil
}

// lasting errs for a term whose strength is 0 at t = 0, where finished rows are weighed.
func lasting(terms []guide.Term) error {
	for i, t := range terms {
		var f func(t float64) float64
		switch g := t.(type) {
		case guide.DPS:
			f = g.StrengthFunc
		case guide.Reward:
			f = g.StrengthFunc
		case guide.ClassifierGuidance:
			f = g.ScaleFunc
		}
		if f != nil && f(0) == 0 {
			return bad("guide", "%d has the strength 0 at t = 0, where particles weigh finished rows: they would follow the model alone. Give a strength that ends above 0", i+1)
		}
	}
	return nil
}

func annealed(l sde.Likelihood) bool { _, ok := l.(sde.AnnealedError); return ok }

// functions are those of the time in a query; nil where it has numbers.
type functions struct{ cfg, scale, lambda, zeta func(t float64) float64 }

// diffpir is the method of that name with its settings.
func (r *query) diffpir() sample.DiffPIR {
	c := r.Conditioning
	m := sample.DiffPIR{Lambda: c.Lambda, ZetaFunc: r.over.zeta}
	if r.over.lambda != nil {
		m.Lambda, m.LambdaFunc = 0, r.over.lambda
	}
	if zeta := max(c.Zeta, 0); m.ZetaFunc == nil && zeta != 1 {
		m.ZetaFunc = func(float64) float64 { return zeta }
	}
	return m
}
