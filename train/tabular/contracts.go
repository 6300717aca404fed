package tabular

import (
	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// What types of packages that do not import each other are to each other, which the
// compiler checks: optional interfaces are found at run time.
var (
	_ sample.JointEvaluator     = (*guide.Posterior)(nil)
	_ sample.LikelihoodDenoiser = (*guide.Posterior)(nil)
	_ sde.PerRow                = (*imputingRows)(nil)
	_ train.Rows                = classRows{}

	_ interface{ Err() error } = (*nn.Model)(nil)
	_ interface {
		Moments() (mean, variance []float64)
	} = (*nn.Model)(nil)
	_ interface{ Err() error } = (*network)(nil)
	_ interface {
		Moments() (mean, variance []float64)
	} = (*network)(nil)
	_ interface{ Schedule() sde.Schedule } = (*nn.ClassLogProb)(nil)
	_ interface{ Dim() int }               = (*nn.ClassLogProb)(nil)
	_ interface{ Schedule() sde.Schedule } = (*nn.ValueLogProb)(nil)
	_ interface{ Dim() int }               = (*nn.ValueLogProb)(nil)
)
