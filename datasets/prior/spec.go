package prior

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

// Entry is one law of a prior, as a file of YAML has it. Numbers that a law does not
// have are errors.
//
//	law                  numbers                            θ
//	normal               mean, sd                           N(mean, sd²)
//	log-normal           mu, sd                             ln θ ~ N(mu, sd²)
//	uniform              low, high                          on [low, high]
//	beta                 a, b; low 0, high 1                (θ - low)/(high - low) ~ Beta(a, b)
//	gamma                shape, and scale or rate           density ∝ θ^(shape-1) e^(-rate θ)
//	multivariate-normal  mean, covariance, lists            N(mean, covariance)
//	independent          of, a list of laws                 behind each other
//	mixture              weights, of                        Σ_k weights_k of_k
//
// Laws of one parameter but mixtures may have above and below, which truncate them; given
// several names they are repeated, independent. Shapes a, b and shape are at least 0.1,
// since the values of smaller ones underflow; sd and scale are standard deviation and
// scale, not squares.
type Entry struct {
	Name       string      `yaml:"name" json:"name,omitempty"`
	Names      []string    `yaml:"names" json:"names,omitempty"`
	Law        string      `yaml:"law" json:"law"`
	Mean       any         `yaml:"mean" json:"mean,omitempty"` // a number, or a list of them
	SD         *float64    `yaml:"sd" json:"sd,omitempty"`
	Mu         *float64    `yaml:"mu" json:"mu,omitempty"`
	Low        *float64    `yaml:"low" json:"low,omitempty"`
	High       *float64    `yaml:"high" json:"high,omitempty"`
	A          *float64    `yaml:"a" json:"a,omitempty"`
	B          *float64    `yaml:"b" json:"b,omitempty"`
	Shape      *float64    `yaml:"shape" json:"shape,omitempty"`
	Scale      *float64    `yaml:"scale" json:"scale,omitempty"`
	Rate       *float64    `yaml:"rate" json:"rate,omitempty"`
	Above      *float64    `yaml:"above" json:"above,omitempty"`
	Below      *float64    `yaml:"below" json:"below,omitempty"`
	Covariance [][]float64 `yaml:"covariance" json:"covariance,omitempty"`
	Weights    []float64   `yaml:"weights" json:"weights,omitempty"`
	Of         []Entry     `yaml:"of" json:"of,omitempty"`
}

// smallestShape is that of beta and gamma laws: with less, values underflow.
const smallestShape = 0.1

// laws are the numbers of each law, in the order of an error about them.
var laws = map[string][]string{
	"normal":              {"mean", "sd"},
	"log-normal":          {"mu", "sd"},
	"uniform":             {"low", "high"},
	"beta":                {"a", "b", "?low", "?high"},
	"gamma":               {"shape", "?scale", "?rate"},
	"multivariate-normal": {"mean", "covariance"},
	"independent":         {"of"},
	"mixture":             {"weights", "of"},
}

func lawNames() []string {
	return []string{"normal", "log-normal", "uniform", "beta", "gamma", "multivariate-normal", "independent", "mixture"}
}

// has are the numbers that an entry has.
func (e *Entry) has() (list []string) {
	for _, n := range []struct {
		name  string
		there bool
	}{
		{"mean", e.Mean != nil}, {"sd", e.SD != nil}, {"mu", e.Mu != nil}, {"low", e.Low != nil}, {"high", e.High != nil},
		{"a", e.A != nil}, {"b", e.B != nil}, {"shape", e.Shape != nil}, {"scale", e.Scale != nil}, {"rate", e.Rate != nil},
		{"above", e.Above != nil}, {"below", e.Below != nil}, {"covariance", e.Covariance != nil},
		{"weights", e.Weights != nil}, {"of", e.Of != nil},
	} {
		if n.there {
			list = append(list, n.name)
		}
	}
	return list
}

// univariate reports whether the law is one of one parameter.
func (e *Entry) univariate() bool {
	return slices.Contains([]string{"normal", "log-normal", "uniform", "beta", "gamma"}, e.Law)
}

// check errs for a law that is not there, and for numbers that it has not or wants.
func (e *Entry) check() error {
	want, ok := laws[e.Law]
	switch {
	case e.Law == "":
		return fmt.Errorf("no law: give one of %s", strings.Join(lawNames(), ", "))
	case e.Law == "truncated":
		return fmt.Errorf("a truncated law is written as the law itself, with above: and below:, as {law: normal, mean: 0, sd: 1, above: 0}")
	case !ok:
		return fmt.Errorf("no law is called %s; %s", suggest.Quote(e.Law), suggest.Hint(e.Law, lawNames()))
	}
	has := e.has()
	for _, w := range want {
		if !strings.HasPrefix(w, "?") && !slices.Contains(has, w) {
			return fmt.Errorf("law %s needs %s", e.Law, strings.ReplaceAll(strings.Join(want, ", "), "?", "perhaps "))
		}
	}
	for _, h := range has {
		cut := h == "above" || h == "below"
		if cut && !e.univariate() {
			return fmt.Errorf("law %s cannot be truncated: give above and below to laws of one parameter", e.Law)
		}
		if !cut && !slices.Contains(want, h) && !slices.Contains(want, "?"+h) {
			return fmt.Errorf("law %s has no %s: it has %s", e.Law, h, strings.ReplaceAll(strings.Join(want, ", "), "?", ""))
		}
	}
	return e.checkNumbers()
}

// checkNumbers errs for numbers that are not finite, and for widths that are not positive.
func (e *Entry) checkNumbers() error {
	for name, v := range map[string]*float64{"sd": e.SD, "mu": e.Mu, "low": e.Low, "high": e.High, "a": e.A, "b": e.B, "shape": e.Shape, "scale": e.Scale, "rate": e.Rate} {
		if v == nil {
			continue
		}
		if math.IsNaN(*v) || math.IsInf(*v, 0) {
			return fmt.Errorf("%s is %g: give a finite number", name, *v)
		}
		positive := name == "sd" || name == "scale" || name == "rate"
		if positive && !(*v > 0) {
			return fmt.Errorf("%s is %g: give a positive number", name, *v)
		}
		if shape := name == "a" || name == "b" || name == "shape"; shape && !(*v >= smallestShape) {
			return fmt.Errorf("%s is %g: give %g or more", name, *v, smallestShape)
		}
	}
	return nil
}
