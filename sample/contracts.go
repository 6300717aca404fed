package sample

import (
	"gonum.org/v1/gonum/mat"
	"tweedie/sde"
)

// What types are meant to be beside what they must be, which the compiler checks:
// optional interfaces are found at run time.
var (
	_ sde.Wrapper = (*conditioned)(nil)
	_ sde.Wrapper = (*metered)(nil)

	_ onPath    = AdaptiveSDE{}
	_ onPath    = PredictorCorrector{}
	_ Corrector = Langevin{}
	_ Corrector = BatchMeanLangevin{}

	_ TwistedDenoiser = (JointEvaluator)(nil)
	_ TwistedDenoiser = (LikelihoodDenoiser)(nil)

	_ LatentDecoder = (*PCA)(nil)
	_ LatentEncoder = (*PCA)(nil)
	_ sde.Puller    = (*DecodedOperator)(nil)
	_ sde.Puller    = Grayscale{}
	_ sde.Pusher    = Grayscale{}

	_ sde.PseudoInverter = Grayscale{}
	_ Terminal           = sde.DiagonalNormal{}
	_ sde.Noise          = (*Brownian)(nil)

	_ finisher = (*levelSDE)(nil)

	_ interface {
		limit(mq, mp *mat.Dense, sd float64)
	} = (*twisted)(nil)
	_ interface {
		start(t float64) (sde.DiagonalNormal, error)
	} = FKC{}
)

// cautious are methods that are approximate in a way of their own.
type cautious interface{ Caveats() []string }

var _ = [...]cautious{BatchMeanLangevin{}, CFGPlusPlus{}, DAPS{}, DDNM{}, DiffPIR{}, DPSStep{}, Langevin{}, PredictorCorrector{}, AnnealedLangevin{}, Recurrence{}, RePaint{}, Replacement{}}
