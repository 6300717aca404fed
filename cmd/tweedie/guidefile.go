package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/stream"
)

// guideFile is the YAML file of --guide: what is known about the rows, in the
// units of the table.
//
//	guide:
//	  - method: mmps              # mmps (default), pigdm, dps, dps-norm
//	    observe: {length: 0.5}    # columns and their values
//	    linear:                   # and weighted sums of columns
//	      - {weights: {height: 1, width: 1}, value: 0.4}
//	    noise: 0.02               # standard deviation of the error, or {law: student-t, scale: 0.02, df: 4}
//	  - within: {column: rings, min: 3, max: 12}
//	  - reward: {weights: {length: 1}, strength: 2}  # see rewardLaw
type guideFile struct {
	Guide []guideTerm `yaml:"guide"`
}

type guideTerm struct {
	Method   string             `yaml:"method"`
	Observe  map[string]float64 `yaml:"observe"`
	Linear   []linearRow        `yaml:"linear"`
	Noise    noiseLaw           `yaml:"noise"`
	Strength float64            `yaml:"strength"` // dps; 0 means 1
	Zeta     float64            `yaml:"zeta"`     // dps-norm
	Within   *interval          `yaml:"within"`
	Reward   *rewardLaw         `yaml:"reward"`
}

type linearRow struct {
	Weights map[string]float64 `yaml:"weights"`
	Value   float64            `yaml:"value"`
}

type interval struct {
	Column  string             `yaml:"column"`
	Weights map[string]float64 `yaml:"weights"`
	Min     *float64           `yaml:"min"`
	Max     *float64           `yaml:"max"`
}

// noiseLaw is a number, the standard deviation of normal errors, or a law.
type noiseLaw struct {
	Law   string  `yaml:"law"`
	Scale float64 `yaml:"scale"`
	DF    float64 `yaml:"df"`
	given bool
}

// UnmarshalYAML reads either form.
func (n *noiseLaw) UnmarshalYAML(b []byte) error {
	n.given = true
	var sd float64
	if yaml.Unmarshal(b, &sd) == nil {
		n.Law, n.Scale = "normal", sd
		return nil
	}
	type plain noiseLaw
	p := plain(*n)
	if err := yaml.UnmarshalWithOptions(b, &p, yaml.Strict()); err != nil {
		return err
	}
	*n = noiseLaw(p)
	return nil
}

func readGuide(path string) (*guideFile, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, usage{err}
	}
	var g guideFile
	if err := yaml.UnmarshalWithOptions(b, &g, yaml.Strict()); err != nil {
		return nil, badUsage("%s: %s", path, strings.Join(strings.Fields(err.Error()), " "))
	}
	if len(g.Guide) == 0 {
		return nil, badUsage("%s: no guide in it: give a list under the key guide", path)
	}
	return &g, nil
}

// observe sets the method of the observations that name none.
func (g *guideFile) observe(method string) {
	for i := range g.Guide {
		if t := &g.Guide[i]; t.Within == nil && t.Reward == nil && t.Method == "" {
			t.Method = method
		}
	}
}

// terms builds the terms of the file for rows of a model.
func (g *guideFile) terms(e *datasets.Codec) ([]guide.Term, error) {
	var ts []guide.Term
	for i, t := range g.Guide {
		term, err := t.build(e)
		if err != nil {
			return nil, badUsage("guide %d: %w", i+1, err)
		}
		ts = append(ts, term)
	}
	return ts, nil
}

func (t guideTerm) build(e *datasets.Codec) (guide.Term, error) {
	if t.Within != nil || t.Reward != nil {
		if t.Observe != nil || t.Linear != nil || t.Method != "" || t.Noise.given || t.Strength != 0 || t.Zeta != 0 || t.Within != nil && t.Reward != nil {
			return nil, fmt.Errorf("within and reward stand alone: they have no method, observation or noise")
		}
		if t.Reward != nil {
			return t.Reward.build(e)
		}
		return t.Within.build(e)
	}
	obs, err := t.observation(e)
	if err != nil {
		return nil, err
	}
	return t.term(obs)
}

// term is the method of t on an observation.
func (t guideTerm) term(obs guide.Observation) (guide.Term, error) {
	if t.Strength != 0 && t.Method != "dps" {
		return nil, fmt.Errorf("strength is an option of dps, not of %s", t.Method)
	}
	if (t.Zeta != 0) != (t.Method == "dps-norm") {
		return nil, fmt.Errorf("dps-norm needs zeta, and no other method has it")
	}
	switch t.Method {
	case "", "mmps":
		return guide.MMPS{Observation: obs}, nil
	case "pigdm":
		return guide.PiGDM{Observation: obs}, nil
	case "dps":
		return guide.DPS{Observation: obs, Strength: t.Strength}, nil
	case "dps-norm":
		return guide.DPSNorm{Observation: obs, Zeta: t.Zeta}, nil
	}
	return nil, fmt.Errorf("method %q: use mmps, pigdm, dps or dps-norm", t.Method)
}

// observation is y = A v + e for columns v in units of the table.
func (t guideTerm) observation(e *datasets.Codec) (guide.Observation, error) {
	rows := slices.Clone(t.Linear)
	for _, c := range sortedKeys(t.Observe) {
		rows = append(rows, linearRow{Weights: map[string]float64{c: 1}, Value: t.Observe[c]})
	}
	if len(rows) == 0 {
		return guide.Observation{}, fmt.Errorf("nothing is observed: give observe or linear (or within, or reward)")
	}
	if !t.Noise.given {
		return guide.Observation{}, fmt.Errorf("noise is missing: the standard deviation of the error, in units of what is observed (small, not 0, if it is exact)")
	}
	var sums []weightedSum
	for _, r := range rows {
		w, err := weights(e, r.Weights)
		if err != nil {
			return guide.Observation{}, err
		}
		sums = append(sums, w)
	}
	law, err := t.Noise.build()
	if err != nil {
		return guide.Observation{}, err
	}
	y := mat.NewDense(1, len(rows), nil)
	for i, r := range rows {
		y.Set(0, i, r.Value)
	}
	return observed(e, sums, y, law), nil
}

// observed is linear in encoded rows where all columns are: with v = mean + std z,
// a sum Σ w v is Σ w mean + Σ (w std) z.
func observed(e *datasets.Codec, sums []weightedSum, y *mat.Dense, law guide.Likelihood) guide.Observation {
	a := mat.NewDense(len(sums), e.Dim(), nil)
	for i, s := range sums {
		row, offset, ok := s.affine(e)
		if !ok {
			return guide.Observation{A: tableOperator{e, sums}, Y: y, Error: law}
		}
		a.SetRow(i, row)
		y.Set(0, i, y.At(0, i)-offset)
	}
	return guide.Observation{A: guide.NewLinear(a), Y: y, Error: law}
}

func (n noiseLaw) build() (guide.Likelihood, error) {
	if !(n.Scale > 0) || math.IsInf(n.Scale, 0) {
		return nil, fmt.Errorf("noise is %v: give a positive number", n.Scale)
	}
	if (n.DF != 0) != (n.Law == "student-t") {
		return nil, fmt.Errorf("noise: student-t needs df, its degrees of freedom, and no other law has them")
	}
	switch n.Law {
	case "normal":
		return guide.Normal{SD: n.Scale}, nil
	case "laplace":
		return guide.Laplace{Scale: n.Scale}, nil
	case "student-t":
		return guide.StudentT{Scale: n.Scale, DF: n.DF}, nil
	}
	return nil, fmt.Errorf("noise law %q: use normal, laplace or student-t", n.Law)
}

// draw returns one error of the law.
func (n noiseLaw) draw(src *stream.Source) float64 {
	switch n.Law {
	case "laplace":
		return n.Scale * (src.ExpFloat64() - src.ExpFloat64())
	case "student-t":
		return n.Scale * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n.DF, Src: src.Rand}.Rand()
	default:
		return n.Scale * src.NormFloat64()
	}
}

func (v *interval) build(e *datasets.Codec) (guide.Term, error) {
	w := v.Weights
	if (v.Column == "") == (w == nil) {
		return nil, fmt.Errorf("within needs a column, or weights of columns")
	}
	if w == nil {
		w = map[string]float64{v.Column: 1}
	}
	sum, err := weights(e, w)
	if err != nil {
		return nil, err
	}
	c := guide.Constraint{Lo: math.Inf(-1), Hi: math.Inf(1)}
	if v.Min != nil {
		c.Lo = *v.Min
	}
	if v.Max != nil {
		c.Hi = *v.Max
	}
	if !(c.Lo < c.Hi) || math.IsInf(c.Lo, -1) && math.IsInf(c.Hi, 1) {
		return nil, fmt.Errorf("within needs a min, a max or both, min below max")
	}
	if a, offset, ok := sum.affine(e); ok {
		c.A, c.Lo, c.Hi = a, c.Lo-offset, c.Hi-offset
		return guide.Within{c}, nil
	}
	if len(sum) > 1 {
		return nil, fmt.Errorf("within: a sum of columns that are encoded by their quantiles is not linear; train with --encoding standard, or bound the columns one by one")
	}
	at := sum[0].position // the map is monotone: an interval stays one
	c.A = make([]float64, e.Dim())
	c.A[at] = 1
	c.Lo, c.Hi = bound(e, at, c.Lo/sum[0].weight), bound(e, at, c.Hi/sum[0].weight)
	if c.Lo > c.Hi {
		c.Lo, c.Hi = c.Hi, c.Lo
	}
	return guide.Within{c}, nil
}

// bound is the encoded value of a bound, which may be infinite.
func bound(e *datasets.Codec, position int, v float64) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	return e.FromValue(position, v)
}

func sortedKeys(m map[string]float64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
