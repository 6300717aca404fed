package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Method is a sampling scheme: configuration only, a value that is safe to
// share. Everything that changes during a run is in the Stepper.
type Method interface {
	Info() Info
	// New returns the state of runs over batches of n rows of d.
	New(d sde.Denoiser, n int) Stepper
}

// Stepper moves batches along their trajectories. A step that does not begin
// at the time where the last one ended starts new trajectories, so a Stepper
// serves any number of batches, one after the other, from one goroutine.
type Stepper interface {
	// Step moves x, in place, from time t to time s < t. It draws its noise
	// from z, and nothing when the method is deterministic. When it errs, the
	// content of x is unspecified.
	Step(x *mat.Dense, t, s float64, z sde.Noise) error
}

// Kernel is a Stepper whose step is one Gaussian draw per row,
//
//	x_s ~ N(mean(x_t), sd² I),
//
// with the same standard deviation sd for all rows. Particle methods need the
// density of the step. Moments leaves x as it is and does not advance the
// stepper's history; mean must not be x.
type Kernel interface {
	Stepper
	Moments(mean, x *mat.Dense, t, s float64) (sd float64, err error)
}

// Gatherer is a Stepper with a history for each row. Gather lets row i go on
// from the history of row idx[i], as resampling did with the rows themselves.
type Gatherer interface{ Gather(idx []int) }

// Kind says in which sense a method has its order.
type Kind int

// The kinds of convergence. With steps of size h, a method of order p has
// an error O(h^p) in
const (
	ODE    Kind = iota + 1 // the end point of the probability flow
	Weak                   // the law of the end point
	Strong                 // the end point, on one Brownian path
)

// String returns "ODE", "weak" or "strong".
func (k Kind) String() string {
	if k < ODE || k > Strong {
		return "unknown"
	}
	return [...]string{"ODE", "weak", "strong"}[k-ODE]
}

// Info is what a method declares of itself; one test checks it for all.
type Info struct {
	Name         string
	Kind         Kind
	Order        float64 // as measured, with exact denoisers of smooth laws; 0: none, there is no step size to refine
	EvalsPerStep int     // denoiser evaluations; 0: adaptive, the method decides
	Stochastic   bool    // draws noise after the start
	Coupled      bool    // a row depends on the others of its block
	Source       string
	Grid         Grid // places the times unless Options do; nil means LogSNRGrid
}
