package spec

import (
	"errors"

	"tweedie/datasets"
	"tweedie/guide"
)

// changes reports whether t changes the score by itself: another prior, a truncated one, or
// affine without an observation.
func (t Entry) changes() bool {
	return t.Prior != nil || t.Truncate != nil || t.Affine != nil && t.Observe == nil && t.Linear == nil && t.Noise == nil
}

// methodSet reports whether t names a method, or an option of one.
func (t Entry) methodSet() bool {
	return t.Method != "" || t.Strength != 0 || t.Zeta != 0 || t.Curvature
}

// change is the guide of such an entry.
func (t Entry) change(c *datasets.Codec) (guide.Term, error) {
	n := 0
	for _, set := range []bool{t.Prior != nil, t.Truncate != nil, t.Affine != nil, t.Within != nil, t.Reward != nil, t.Observe != nil || t.Linear != nil || t.Noise != nil, t.methodSet()} {
		if set {
			n++
		}
	}
	if n > 1 {
		return nil, errors.New("prior and truncate stand alone, and so does an affine without observation: put what else there is into entries of its own")
	}
	switch {
	case t.Prior != nil:
		return t.Prior.build(c, t.subject)
	case t.Truncate != nil:
		if t.Truncate.Weights != nil || t.Truncate.Column == "" {
			return nil, errors.New("truncate needs a column: of a sum of columns use within")
		}
		return t.Truncate.build(c)
	}
	return t.Affine.alone(c, t.subject)
}

// checkAffine errs for more than one affine: the score of the prior is scaled once.
func (f *File) checkAffine() error {
	n := 0
	for i, t := range f.Terms {
		if t.Affine == nil {
			continue
		}
		if n++; n > 1 {
			return f.errorAt(i, errors.New("a second affine: the score of the prior is scaled once; put the observations into one entry"))
		}
	}
	return nil
}

// interval is the interval that t keeps rows in, nil for none.
func (t Entry) interval() *IntervalEntry {
	if t.Within != nil {
		return t.Within
	}
	return t.Truncate
}
