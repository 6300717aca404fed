package accuracy

import (
	"tweedie/internal/bench"
	"tweedie/losses"
	"tweedie/sde"
)

// recipe is a model to train.
type recipe struct {
	name           string
	hidden, layers int
	loss           losses.Denoising
}

// recipes are the models that are compared.
func recipes() ([]recipe, error) {
	chain, err := sde.NewDDPM(sde.VP{}, 1000)
	if err != nil {
		return nil, err
	}
	times, err := losses.ParseTimes(bench.LawTimes)
	if err != nil {
		return nil, err
	}
	with := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Times: times, Weight: losses.EDM{}}
	}
	likely := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Times: losses.Times{Law: losses.UniformLogSNR{}, Corrected: true}, Weight: losses.LikelihoodWeighting{}}
	}
	flat := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Weight: losses.Sigma2{}}
	}
	return []recipe{
		{"VP", 64, 4, with(sde.VP{})},
		{"VE", 64, 4, with(sde.VE{})},
		{"sub-VP", 64, 4, with(sde.SubVP{})},
		{"VP, likelihood weighting", 64, 4, likely(sde.VP{})},
		{"VE, likelihood weighting", 64, 4, likely(sde.VE{})},
		{"sub-VP, likelihood weighting", 64, 4, likely(sde.SubVP{})},
		{"VP, σ² weighting, t uniform", 64, 4, flat(sde.VP{})},
		{"VE, σ² weighting, t uniform", 64, 4, flat(sde.VE{})},
		{"sub-VP, σ² weighting, t uniform", 64, 4, flat(sde.SubVP{})},
		{"VP, σ² weighting, 1000 levels", 64, 4, losses.Discrete(chain)},
		{"VP, 1 layer", 64, 1, with(sde.VP{})},
		{"VP, 2 layers", 64, 2, with(sde.VP{})},
		{"VP, 8 layers", 64, 8, with(sde.VP{})},
	}, nil
}
