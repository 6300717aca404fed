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

// ErrorLaw is the law of the errors of an observation. In YAML it is a number, the standard
// deviation of normal errors, or the three fields.
type ErrorLaw struct {
	Law   string  `yaml:"law"`   // normal, laplace or student-t
	Scale float64 `yaml:"scale"` // standard deviation of normal; see sde.LaplaceError and sde.StudentTError
	DF    float64 `yaml:"df"`    // degrees of freedom of student-t
}

// UnmarshalYAML reads either form.
func (n *ErrorLaw) UnmarshalYAML(b []byte) error {
	var sd float64
	if yaml.Unmarshal(b, &sd) == nil {
		*n = ErrorLaw{Law: "normal", Scale: sd}
		return nil
	}
	type plain ErrorLaw
	return yaml.UnmarshalWithOptions(b, (*plain)(n), yaml.Strict())
}

// Build returns the likelihood of the errors.
func (n *ErrorLaw) Build() (sde.Likelihood, error) {
	if !(n.Scale > 0) || math.IsInf(n.Scale, 0) {
		return nil, fmt.Errorf("noise is %v: give a positive number", n.Scale)
	}
	if (n.DF != 0) != (n.Law == "student-t") {
		return nil, errors.New("noise: student-t needs df, its degrees of freedom, and no other law has them")
	}
	switch n.Law {
	case "normal":
		return sde.NormalError{SD: n.Scale}, nil
	case "laplace":
		return sde.LaplaceError{Scale: n.Scale}, nil
	case "student-t":
		return sde.StudentTError{Scale: n.Scale, DF: n.DF}, nil
	}
	return nil, fmt.Errorf("noise law %q: use normal, laplace or student-t", n.Law)
}

// Draw returns one error of a law that Build accepts.
func (n *ErrorLaw) Draw(r *rand.Rand) float64 {
	switch n.Law {
	case "laplace":
		return n.Scale * (r.ExpFloat64() - r.ExpFloat64())
	case "student-t":
		return n.Scale * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n.DF, Src: r}.Rand()
	default:
		return n.Scale * r.NormFloat64()
	}
}
