package spec

import (
	"errors"

	"tweedie/datasets"
	"tweedie/sde"
)

// Ensemble returns the observations of the file for ensemble Kalman guidance
// (sample.EnKG), of any kind. It errs on intervals and rewards, and on what is an option
// of guides.
func (f *File) Ensemble(c *datasets.Codec) ([]sde.Observation, error) {
	for i, t := range f.Terms {
		switch {
		case !t.observes():
			return nil, f.errorAt(i, errors.New("enkg takes observations alone: leave within and reward to tds"))
		case t.Affine != nil || t.Curvature:
			return nil, f.errorAt(i, errors.New("affine and curvature are those of guides, and enkg is none: leave them out, or use guided or fkc"))
		case t.Method != "" || !t.Strength.IsZero() || !t.Zeta.IsZero() || t.Inverse != "":
			return nil, f.errorAt(i, errors.New("a method, its strength, zeta and inverse are those of guides, and enkg is none: leave them out"))
		}
	}
	return f.Observations(c)
}
