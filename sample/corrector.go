package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// Corrector moves rows that are near p_t closer to it, at a fixed time.
type Corrector interface {
	Info() Info // EvalsPerStep is per correction
	NewCorrection(d sde.Denoiser, n int) Correction
}

// Correction is the state of a Corrector over batches of n rows.
type Correction interface {
	// Correct moves x, in place, at time t, drawing the noise of the empty
	// interval [t, t].
	Correct(x *mat.Dense, t float64, z sde.Noise) error
}
