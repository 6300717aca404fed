package simulators

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/internal/stream"
	"tweedie/internal/suggest"
)

// Task is a simulator with a prior.
type Task interface {
	// Name is the name that Lookup knows the task by.
	Name() string
	// Dims returns the numbers of parameters and of data.
	Dims() (theta, x int)
	// Prior returns p(θ), whose names are those of the parameters.
	Prior() *prior.Prior
	// Columns returns the names of the data.
	Columns() []string
	// Simulate stores a draw of p(x|θ_i) in row i of dst: draw first+i of the seed,
	// whatever the number of rows. It errs, naming the row, on a θ that is not finite
	// or outside of what the simulator takes. It panics on sizes that do not match.
	Simulate(dst, theta *mat.Dense, seed uint64, first int) error
}

// Tractable is a Task whose likelihood is known.
type Tractable interface {
	Task
	// LogLikelihood stores log p(x|θ_i) in dst[i], in nats, up to a term of x alone
	// where the task says so. It errs as Simulate does.
	LogLikelihood(dst []float64, theta *mat.Dense, x []float64) error
}

// Exact is a Tractable task whose posterior can be drawn from.
type Exact interface {
	Tractable
	// SamplePosterior fills dst with draws of p(θ|x): row i is draw first+i of the
	// seed. It errs where x has so little density under the prior that none is found.
	SamplePosterior(dst *mat.Dense, x []float64, seed uint64, first int) error
}

var builders = [...]struct {
	name  string
	build func() Task
}{
	{"gaussian_linear", gaussianLinear},
	{"gaussian_linear_uniform", gaussianLinearUniform},
	{"gaussian_mixture", gaussianMixture},
	{"two_moons", twoMoons},
	{"slcp", slcp},
	{"slcp_distractors", slcpDistractors},
	{"bernoulli_glm", bernoulliGLM},
	{"bernoulli_glm_raw", bernoulliGLMRaw},
	{"sir", sir},
	{"lotka_volterra", lotkaVolterra},
}

// Names returns the names of all tasks.
func Names() []string {
	names := make([]string, len(builders))
	for i, b := range builders {
		names[i] = b.name
	}
	return names
}

// Lookup returns the task of that name. The error for an unknown name suggests the
// nearest one, or lists all.
func Lookup(name string) (Task, error) {
	for _, b := range builders {
		if b.name == name {
			return b.build(), nil
		}
	}
	return nil, fmt.Errorf("no task is called %s; %s", suggest.Quote(name), suggest.Hint(name, Names()))
}

// WithPrior returns a task with another prior of the same parameters: see Matches.
func WithPrior(t Task, p *prior.Prior) Task {
	if g, ok := t.(*Program); ok { // it was made for a prior
		return g
	}
	return &reprior{t, p}
}

type reprior struct {
	Task
	prior *prior.Prior
}

func (r *reprior) Prior() *prior.Prior { return r.prior }

// simulator is a Task by its functions of one row.
type simulator struct {
	name    string
	prior   *prior.Prior
	columns []string
	// draw fills x, given θ, from the draws of rng.
	draw func(x, theta []float64, rng *stream.Source) error
}

// tractable adds log p(x|θ).
type tractable struct {
	simulator
	logLikelihood func(theta, x []float64) (float64, error)
}

// exact adds a draw of θ given x, or false if it is to be tried again.
type exact struct {
	tractable
	posterior func(theta, x []float64, rng *stream.Source) bool
}

func (s *simulator) Name() string         { return s.name }
func (s *simulator) Prior() *prior.Prior  { return s.prior }
func (s *simulator) Columns() []string    { return append([]string(nil), s.columns...) }
func (s *simulator) Dims() (theta, x int) { return s.prior.Dim(), len(s.columns) }

const badSize = "simulators: size mismatch"

func (s *simulator) Simulate(dst, theta *mat.Dense, seed uint64, first int) error {
	n, d := theta.Dims()
	m, w := dst.Dims()
	if n != m || d != s.prior.Dim() || w != len(s.columns) {
		panic(badSize)
	}
	key, rng := stream.NewKey(seed, "simulators/"+s.name), stream.NewSource(stream.Key{})
	for i := range n {
		row, x := theta.RawRowView(i), dst.RawRowView(i)
		if err := s.finite(row); err != nil {
			return fmt.Errorf("%s: row %d: %w", s.name, first+i+1, err)
		}
		rng.Seek(key.At(uint64(first + i)))
		err := s.draw(x, row, rng)
		for j, v := range x {
			if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
				err = fmt.Errorf("%s is %g at θ = %v", s.columns[j], v, row)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", s.name, first+i+1, err)
		}
	}
	return nil
}

func (s *simulator) finite(theta []float64) error {
	for j, v := range theta {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("parameter %q is %g: give finite numbers", s.prior.Names()[j], v)
		}
	}
	return nil
}

func (t *tractable) LogLikelihood(dst []float64, theta *mat.Dense, x []float64) error {
	n, d := theta.Dims()
	if n != len(dst) || d != t.prior.Dim() || len(x) != len(t.columns) {
		panic(badSize)
	}
	for i := range dst {
		row := theta.RawRowView(i)
		err := t.finite(row)
		if err == nil {
			dst[i], err = t.logLikelihood(row, x)
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", t.name, i+1, err)
		}
	}
	return nil
}

// mostTries bounds the rejections of one draw of a posterior.
const mostTries = 1_000_000

var errNoDraw = errors.New("no θ of the prior is near this observation")

func (e *exact) SamplePosterior(dst *mat.Dense, x []float64, seed uint64, first int) error {
	n, d := dst.Dims()
	if d != e.prior.Dim() || len(x) != len(e.columns) {
		panic(badSize)
	}
	key, rng := stream.NewKey(seed, "simulators/"+e.name+"/posterior"), stream.NewSource(stream.Key{})
	for i := range n {
		rng.Seek(key.At(uint64(first + i)))
		tries := 0
		for !e.posterior(dst.RawRowView(i), x, rng) {
			if tries++; tries == mostTries {
				return fmt.Errorf("%s: %w", e.name, errNoDraw)
			}
		}
	}
	return nil
}

// numbered returns the names base_1, base_2, … .
func numbered(base string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s_%d", base, i+1)
	}
	return names
}

// mustPrior is New for entries that are right.
func mustPrior(entries ...prior.Entry) *prior.Prior {
	p, err := prior.New(entries)
	if err != nil {
		panic("simulators: a task has no prior")
	}
	return p
}

// box is the uniform prior on [lo, hi]^d.
func box(d int, lo, hi float64) *prior.Prior {
	return mustPrior(prior.Entry{Names: numbered("parameter", d), Law: "uniform", Low: &lo, High: &hi})
}
