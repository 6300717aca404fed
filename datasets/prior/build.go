package prior

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// New returns the prior of independent entries. It errs for laws and numbers that are
// none, naming the entry, and for names that are missing or given twice.
func New(entries []Entry) (*Prior, error) {
	if len(entries) == 0 {
		return nil, errors.New("a prior needs at least one entry, as {name: rate, law: uniform, low: 0, high: 1}")
	}
	p := &Prior{}
	var blocks []block
	seen := map[string]bool{}
	for k := range entries {
		e := entries[k]
		names, err := e.names()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", k+1, err)
		}
		for _, n := range names {
			if seen[n] {
				return nil, fmt.Errorf("entry %d: a parameter %q is there already: give each a name of its own", k+1, n)
			}
			seen[n] = true
		}
		more, err := e.blocks(len(names))
		if err != nil {
			return nil, fmt.Errorf("entry %d (%s): %w", k+1, strings.Join(names, ", "), err)
		}
		blocks, p.names, p.entries = append(blocks, more...), append(p.names, names...), append(p.entries, e)
	}
	p.law = newProduct(blocks)
	return p, nil
}

func (e *Entry) names() ([]string, error) {
	switch {
	case e.Name != "" && e.Names != nil:
		return nil, errors.New("give name or names, not both")
	case e.Name != "":
		return []string{e.Name}, nil
	case len(e.Names) == 0:
		return nil, errors.New("no name: give name: PARAMETER, or names: [A, B] for several")
	}
	for _, n := range e.Names {
		if n == "" {
			return nil, errors.New("names has an empty name")
		}
	}
	return e.Names, nil
}

// blocks are the laws of n parameters.
func (e *Entry) blocks(n int) ([]block, error) {
	b, err := e.block()
	if err != nil {
		return nil, err
	}
	if b.dim() == n {
		if p, ok := b.(product); ok {
			return p.blocks, nil
		}
		return []block{b}, nil
	}
	if !e.univariate() {
		return nil, fmt.Errorf("%d names for a law of %d parameters", n, b.dim())
	}
	list := make([]block, n)
	for k := range list {
		list[k] = b
	}
	return list, nil
}

// block is the law of an entry, whose names do not count.
func (e *Entry) block() (block, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	switch e.Law {
	case "multivariate-normal":
		return e.multivariate()
	case "independent":
		return e.independent()
	case "mixture":
		return e.mixture()
	}
	u, err := e.one()
	if err != nil {
		return nil, err
	}
	if e.Above != nil || e.Below != nil {
		lo, hi := math.Inf(-1), math.Inf(1)
		if e.Above != nil {
			lo = *e.Above
		}
		if e.Below != nil {
			hi = *e.Below
		}
		if u, err = newTruncated(u, lo, hi); err != nil {
			return nil, err
		}
	}
	return single{u}, nil
}

// one is a law of one parameter, before it is truncated.
func (e *Entry) one() (Univariate, error) {
	switch e.Law {
	case "normal":
		mean, err := number(e.Mean)
		return normal{mean, *e.SD}, err
	case "log-normal":
		return logNormal{*e.Mu, *e.SD}, nil
	case "uniform":
		return uniform{*e.Low, *e.High}, ordered(*e.Low, *e.High)
	case "beta":
		lo, hi := 0.0, 1.0
		if e.Low != nil {
			lo = *e.Low
		}
		if e.High != nil {
			hi = *e.High
		}
		return betaLaw{*e.A, *e.B, lo, hi}, ordered(lo, hi)
	}
	switch {
	case e.Scale != nil && e.Rate != nil, e.Scale == nil && e.Rate == nil:
		return nil, errors.New("law gamma needs either scale or rate = 1/scale")
	case e.Rate != nil:
		return gammaLaw{*e.Shape, 1 / *e.Rate}, nil
	}
	return gammaLaw{*e.Shape, *e.Scale}, nil
}

func ordered(lo, hi float64) error {
	if !(lo < hi) || math.IsInf(hi-lo, 0) {
		return fmt.Errorf("low is %g and high is %g: give low below high", lo, hi)
	}
	return nil
}

func (e *Entry) multivariate() (block, error) {
	mean, err := numbers(e.Mean)
	if err != nil {
		return nil, err
	}
	d := len(mean)
	if d != len(e.Covariance) {
		return nil, fmt.Errorf("%d means and %d rows of the covariance", d, len(e.Covariance))
	}
	for i, row := range e.Covariance {
		if len(row) != d {
			return nil, fmt.Errorf("row %d of the covariance has %d numbers, want %d", i+1, len(row), d)
		}
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("row %d of the covariance has %g: give finite numbers", i+1, v)
			}
		}
	}
	m, err := newMultivariate(mean, e.Covariance)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// components are the laws of a list.
func (e *Entry) components() ([]block, error) {
	var list []block
	for k := range e.Of {
		if c := &e.Of[k]; c.Name != "" || c.Names != nil {
			return nil, fmt.Errorf("%s, law %d: names stand beside the %s law, not in it", e.Law, k+1, e.Law)
		}
		b, err := e.Of[k].block()
		if err != nil {
			return nil, fmt.Errorf("%s, law %d: %w", e.Law, k+1, err)
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("law %s needs at least one law in of", e.Law)
	}
	return list, nil
}

func (e *Entry) independent() (block, error) {
	list, err := e.components()
	if err != nil {
		return nil, err
	}
	return newProduct(list), nil
}

func (e *Entry) mixture() (block, error) {
	list, err := e.components()
	if err != nil {
		return nil, err
	}
	if len(e.Weights) != len(list) {
		return nil, fmt.Errorf("%d weights for %d laws", len(e.Weights), len(list))
	}
	sum := 0.0
	for k, b := range list {
		if w := e.Weights[k]; !(w > 0) || math.IsInf(w, 0) {
			return nil, fmt.Errorf("weight %d is %g: give positive numbers", k+1, w)
		}
		sum += e.Weights[k]
		if b.dim() != list[0].dim() {
			return nil, fmt.Errorf("law %d of the mixture has %d parameters, law 1 has %d", k+1, b.dim(), list[0].dim())
		}
	}
	logw := make([]float64, len(list))
	for k, w := range e.Weights {
		logw[k] = math.Log(w / sum)
	}
	if list[0].dim() > 1 {
		return mixture{logw, list}, nil
	}
	laws := make([]Univariate, len(list))
	for k, b := range list {
		laws[k] = b.marginal(0)
	}
	return single{mixture1{logw, laws}}, nil
}
