package spec

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/datasets"
	"tweedie/sde"
)

// LawEntry is the law of one column, in units of the table:
//
//	{law: normal, mean: 3, sd: 0.5}              # with min, max or both: restricted to these
//	{law: uniform, min: 18, max: 65}
//	{law: log-normal, mean: 0.2, sd: 0.5}        # mean and sd of the logarithm
//	{law: mixture, parts: [{weight: 2, mean: 0, sd: 1}, {weight: 1, mean: 5, sd: 0.3}]}
//
// A part is a normal. Weights need not sum to 1.
type LawEntry struct {
	Law    string     `yaml:"law"`
	Mean   *float64   `yaml:"mean"`
	SD     *float64   `yaml:"sd"`
	Min    *float64   `yaml:"min"`
	Max    *float64   `yaml:"max"`
	Parts  []LawEntry `yaml:"parts"`
	Weight *float64   `yaml:"weight"` // of a part
}

// lawSettings are the settings of each law; a name with ? need not be given.
var lawSettings = map[string]string{
	"normal": "mean sd min? max?", "uniform": "min max", "log-normal": "mean sd", "mixture": "parts",
}

// check errs unless the law has its settings and no other.
func (l *LawEntry) check() error {
	settings, ok := lawSettings[l.Law]
	if !ok {
		return fmt.Errorf("the law %q: use normal, uniform, log-normal or mixture", l.Law)
	}
	for _, s := range []struct {
		name  string
		value *float64
		given bool
	}{{"mean", l.Mean, l.Mean != nil}, {"sd", l.SD, l.SD != nil}, {"min", l.Min, l.Min != nil}, {"max", l.Max, l.Max != nil}, {"parts", nil, l.Parts != nil}, {"weight", nil, l.Weight != nil}} {
		switch has := strings.Fields(settings); {
		case s.given && !slices.Contains(has, s.name) && !slices.Contains(has, s.name+"?"):
			return fmt.Errorf("a %s law has no %s: it takes %s", l.Law, s.name, strings.ReplaceAll(settings, "?", ""))
		case !s.given && slices.Contains(has, s.name):
			return fmt.Errorf("a %s law needs %s", l.Law, s.name)
		case s.value != nil && (math.IsNaN(*s.value) || math.IsInf(*s.value, 0)):
			return fmt.Errorf("%s is %g: give a number", s.name, *s.value)
		}
	}
	if l.SD != nil && !(*l.SD > 0) {
		return fmt.Errorf("sd is %g: give a positive number, the standard deviation", *l.SD)
	}
	if l.Min != nil && l.Max != nil && !(*l.Min < *l.Max) {
		return fmt.Errorf("min is %g and max %g: give a min below max", *l.Min, *l.Max)
	}
	return l.checkParts()
}

func (l *LawEntry) checkParts() error {
	if l.Law == "mixture" && len(l.Parts) == 0 {
		return errors.New("a mixture needs parts: {weight: 1, mean: 0, sd: 1}, …")
	}
	for i, p := range l.Parts {
		if p.Law != "" && p.Law != "normal" {
			return fmt.Errorf("part %d is %s: the parts of a mixture are normal", i+1, p.Law)
		}
		if p.Weight == nil || !(*p.Weight > 0) || math.IsInf(*p.Weight, 0) {
			return fmt.Errorf("part %d needs a positive weight", i+1)
		}
		p.Law, p.Weight = "normal", nil
		if p.Min != nil || p.Max != nil {
			return fmt.Errorf("part %d has a min or max: the parts of a mixture are normals as they are", i+1)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("part %d: %w", i+1, err)
		}
	}
	return nil
}

// ends are the bounds of the law, infinite where there is none.
func (l *LawEntry) ends() (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	if l.Min != nil {
		lo = *l.Min
	}
	if l.Max != nil {
		hi = *l.Max
	}
	return lo, hi
}

// quantile is the value below which the share p of a law lies, for all but mixtures.
func (l *LawEntry) quantile(p float64) float64 {
	lo, hi := l.ends()
	switch l.Law {
	case "uniform":
		return lo + p*(hi-lo)
	case "log-normal":
		return math.Exp(*l.Mean + *l.SD*normalQuantile(p))
	}
	a, b := (lo-*l.Mean) / *l.SD, (hi-*l.Mean) / *l.SD
	return math.Min(math.Max(*l.Mean+*l.SD*within(a, b, p), lo), hi)
}

// within is the quantile of a standard normal restricted to [a, b].
func within(a, b, p float64) float64 {
	if a > 0 { // by the tail that has the digits
		return -within(-b, -a, 1-p)
	}
	below := func(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
	return normalQuantile(below(a) + p*(below(b)-below(a)))
}

func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// lawPoints is how many quantiles stand for a law that normals are fitted to.
const lawPoints = 2000

// points are quantiles of the law, evenly spaced in probability, encoded.
func (l *LawEntry) points(c *datasets.Codec, position int) []float64 {
	var list []float64
	add := func(part LawEntry, n int) {
		for i := range n {
			list = append(list, c.FromValue(position, part.quantile((float64(i)+0.5)/float64(n))))
		}
	}
	if l.Law != "mixture" {
		add(*l, lawPoints)
		return list
	}
	sum := 0.0
	for _, p := range l.Parts {
		sum += *p.Weight
	}
	for _, p := range l.Parts {
		p.Law = "normal"
		add(p, max(1, int(math.Round(lawPoints**p.Weight/sum))))
	}
	return list
}

// encoded is the law of the column at a position of encoded rows. Where the encoding is
// not affine, what is normal in the table is not normal there.
func (l *LawEntry) encoded(c *datasets.Codec, position int, sched sde.Schedule) (sde.Law, error) {
	mean, std, affine := c.Affine(position)
	z := func(v float64) float64 { return (v - mean) / std }
	switch {
	case !affine && l.Law == "mixture":
		return fitPoints(l.points(c, position), lawNormals, sched)
	case !affine || l.Law == "log-normal":
		return sde.NewTransformed(func(u float64) float64 {
			p := math.Min(math.Max(math.Erfc(-u/math.Sqrt2)/2, 0x1p-52), 1-0x1p-52)
			return c.FromValue(position, l.quantile(p))
		}, sched)
	case l.Law == "uniform":
		return sde.NewBox([]float64{z(*l.Min)}, []float64{z(*l.Max)}, sched)
	case l.Law == "mixture":
		var weights []float64
		var comps []*sde.Gaussian
		for _, p := range l.Parts {
			g, err := normal1(z(*p.Mean), *p.SD/std, sched)
			if err != nil {
				return nil, err
			}
			weights, comps = append(weights, *p.Weight), append(comps, g)
		}
		return sde.NewMixture(weights, comps)
	case l.Min != nil || l.Max != nil:
		lo, hi := l.ends()
		v := *l.SD / std
		return sde.NewTruncatedNormal([]float64{z(*l.Mean)}, []float64{v * v}, []float64{z(lo)}, []float64{z(hi)}, sched)
	}
	return normal1(z(*l.Mean), *l.SD/std, sched)
}
