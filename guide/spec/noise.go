package spec

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/goccy/go-yaml"
	"gonum.org/v1/gonum/stat/distuv"
	"tweedie/sde"
)

// ErrorLaw is the law of what is observed given its value without error. In YAML it is a
// number, the standard deviation of normal errors, the fields of a law, or a list of laws,
// one for each observed number:
//
//	{law: normal, scale: 0.1}      # laplace likewise; student-t with df, degrees of freedom
//	{law: mixture, parts: [{weight: 0.95, law: normal, scale: 0.1}, {weight: 0.05, law: normal, scale: 3}]}
//	{law: poisson}                 # a count, of the rate exp(value)
//	{law: bernoulli}               # 0 or 1, of the probability 1/(1 + exp(-value)) of 1
type ErrorLaw struct {
	Law   string     `yaml:"law"`   // normal, laplace, student-t, mixture, poisson or bernoulli
	Scale float64    `yaml:"scale"` // standard deviation of normal; see sde.LaplaceError and sde.StudentTError
	DF    float64    `yaml:"df"`    // degrees of freedom of student-t
	Parts []ErrorLaw `yaml:"parts"` // of mixture, normal, laplace or student-t

	Weight float64    `yaml:"weight"` // of a part; they need not sum to 1
	Each   []ErrorLaw `yaml:"-"`      // of each observed number; other fields are then empty
}

// leastVariance is that of the least scale whose square has all its digits, with some room for
// units of columns.
const leastVariance = 1e-300

// UnmarshalYAML reads any of the forms.
func (n *ErrorLaw) UnmarshalYAML(b []byte) error {
	var sd float64
	if yaml.Unmarshal(b, &sd) == nil {
		*n = ErrorLaw{Law: "normal", Scale: sd}
		return nil
	}
	var list []any
	if yaml.Unmarshal(b, &list) == nil {
		*n = ErrorLaw{}
		return yaml.UnmarshalWithOptions(b, &n.Each, yaml.Strict())
	}
	type plain ErrorLaw
	return yaml.UnmarshalWithOptions(b, (*plain)(n), yaml.Strict())
}

// Build returns the likelihood of the errors.
func (n *ErrorLaw) Build() (sde.Likelihood, error) {
	if n.Each != nil {
		return n.perEntry()
	}
	if n.Weight != 0 {
		return nil, errors.New("noise: weight is that of a part of a mixture")
	}
	return n.build()
}

func (n *ErrorLaw) perEntry() (sde.Likelihood, error) {
	if len(n.Each) == 0 {
		return nil, errors.New("noise is an empty list: give one law, or one for each observed number")
	}
	var list sde.ErrorPerEntry
	for k := range n.Each {
		if n.Each[k].Each != nil {
			return nil, errors.New("noise: a list of laws in a list")
		}
		l, err := n.Each[k].Build()
		if err != nil {
			return nil, fmt.Errorf("noise %d: %w", k+1, err)
		}
		list = append(list, l)
	}
	return list, nil
}

func (n *ErrorLaw) build() (sde.Likelihood, error) {
	if n.Law != "mixture" && n.Parts != nil {
		return nil, errors.New("noise: parts are those of a mixture")
	}
	if (n.DF != 0) != (n.Law == "student-t") {
		return nil, errors.New("noise: student-t needs df, its degrees of freedom, and no other law has them")
	}
	switch n.Law {
	case "poisson", "bernoulli", "mixture":
		if n.Scale != 0 {
			return nil, fmt.Errorf("noise: %s has no scale", n.Law)
		}
	case "normal", "laplace", "student-t":
		if !(n.Scale > 0) || math.IsInf(n.Scale, 0) {
			return nil, fmt.Errorf("noise is %v: give a positive number", n.Scale)
		}
		if v := n.Scale * n.Scale; v < leastVariance || math.IsInf(v, 0) {
			return nil, fmt.Errorf("noise is %v: its square, the variance, is no number of full precision: give one from 1e-150 to 1e150", n.Scale)
		}
	}
	switch n.Law {
	case "normal":
		return sde.NormalError{SD: n.Scale}, nil
	case "laplace":
		return sde.LaplaceError{Scale: n.Scale}, nil
	case "student-t":
		return sde.StudentTError{Scale: n.Scale, DF: n.DF}, nil
	case "poisson":
		return sde.PoissonLikelihood{}, nil
	case "bernoulli":
		return sde.BernoulliLikelihood{}, nil
	case "mixture":
		return n.mixture()
	}
	return nil, fmt.Errorf("noise law %q: use normal, laplace, student-t, mixture, poisson or bernoulli", n.Law)
}

func (n *ErrorLaw) mixture() (sde.Likelihood, error) {
	var m sde.MixtureError
	sum := 0.0
	for k := range n.Parts {
		p := n.Parts[k]
		switch p.Law {
		case "normal", "laplace", "student-t":
		default:
			return nil, fmt.Errorf("noise: part %d of the mixture has the law %q: use normal, laplace or student-t", k+1, p.Law)
		}
		if !(p.Weight > 0) || math.IsInf(p.Weight, 0) {
			return nil, fmt.Errorf("noise: part %d of the mixture needs a positive weight", k+1)
		}
		l, err := p.build()
		if err != nil {
			return nil, fmt.Errorf("part %d of the mixture: %w", k+1, err)
		}
		sum += p.Weight
		m.Weights, m.Parts = append(m.Weights, p.Weight), append(m.Parts, l)
	}
	if len(m.Parts) == 0 {
		return nil, errors.New("noise: a mixture needs parts: {weight: 0.9, law: normal, scale: 0.1}, …")
	}
	for k := range m.Weights {
		m.Weights[k] /= sum
	}
	return m, nil
}

// of is the law of the observed number k.
func (n *ErrorLaw) of(k int) *ErrorLaw {
	if n.Each != nil {
		return &n.Each[k]
	}
	return n
}

// observable errs for a number that the law does not give.
func (n *ErrorLaw) observable(y float64) error {
	switch {
	case n.Law == "poisson" && (y < 0 || y != math.Trunc(y)):
		return fmt.Errorf("the value %g is no count, as noise poisson has: give a whole number from 0 on", y)
	case n.Law == "bernoulli" && y != 0 && y != 1:
		return fmt.Errorf("the value %g is no outcome, as noise bernoulli has: give 0 or 1", y)
	}
	return nil
}

// added reports whether errors of a law are added to what is observed.
func added(l sde.Likelihood) bool {
	switch l := l.(type) {
	case sde.PoissonLikelihood, sde.BernoulliLikelihood:
		return false
	case sde.ErrorPerEntry:
		for _, p := range l {
			if !added(p) {
				return false
			}
		}
	}
	return true
}

// DrawFor returns one observation of the number k, whose value without error is a, by a law
// that Build accepts.
func (n *ErrorLaw) DrawFor(r *rand.Rand, k int, a float64) float64 {
	l := n.of(k)
	switch l.Law {
	case "poisson":
		rate := math.Exp(a)
		if rate > 1e15 { // beyond whole numbers
			return math.Floor(rate)
		}
		return distuv.Poisson{Lambda: rate, Src: r}.Rand()
	case "bernoulli":
		if r.Float64() < 1/(1+math.Exp(-a)) {
			return 1
		}
		return 0
	}
	return a + l.Draw(r)
}

// Draw returns one error of a law that Build accepts and that is added to what is observed:
// one for all numbers, and neither poisson nor bernoulli, for which there is DrawFor.
func (n *ErrorLaw) Draw(r *rand.Rand) float64 {
	switch n.Law {
	case "mixture":
		sum := 0.0
		for _, p := range n.Parts {
			sum += p.Weight
		}
		u := r.Float64() * sum
		for k := range n.Parts {
			if u -= n.Parts[k].Weight; u < 0 || k == len(n.Parts)-1 {
				return n.Parts[k].Draw(r)
			}
		}
		panic("spec: a mixture without parts")
	case "laplace":
		return n.Scale * (r.ExpFloat64() - r.ExpFloat64())
	case "student-t":
		return n.Scale * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n.DF, Src: r}.Rand()
	default:
		return n.Scale * r.NormFloat64()
	}
}
