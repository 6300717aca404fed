// Package accuracy measures the accuracy of samplers: their error for a number of
// denoiser evaluations on exact laws, the adaptive ones for a tolerance, the cost of a
// step beside the network, and all of them on trained models. Seeds are fixed; only the
// costs differ between runs. docs/measurements/samplers.md shows the results.
package accuracy

import (
	"math"
	"time"

	"tweedie/internal/numeric"
	"tweedie/sample"
	"tweedie/sde"
)

// Options are the settings of the measurements.
type Options struct {
	Seed    uint64
	Workers int // 0 means one per core; changes no bit

	Clock func() time.Time // for Costs, as a rule time.Now

	Seeds int // repetitions of each training, at least 2
	Steps int // optimizer steps of each training
	// Observe, if not nil, is called before each training: done of all have ended.
	Observe func(what string, done, all int)
}

// Report is what all measurements together give.
type Report struct {
	Gaussian  []Curve     `json:"gaussian"`
	Mixture   []Curve     `json:"mixture"`
	Tolerance []Tolerance `json:"tolerance"`
	Cost      []Cost      `json:"cost"`
	Trained   *Trained    `json:"trained,omitempty"`
}

// Trained are the comparisons on trained models.
type Trained struct {
	Models    []Quality  `json:"models"`
	Samplers  []Quality  `json:"samplers"`
	Encodings []Encoding `json:"encodings"`
}

// setting is a sampler under the name that tables have for it, with the grid that it
// is best on.
type setting struct {
	name   string
	method sample.Method
	grid   sample.Grid
}

// The samplers that are compared, one by one.
var (
	logSNR, uniform = sample.LogSNRGrid{}, sample.UniformGrid{}

	dpmpp2m    = setting{"dpmpp2m", sample.DPMpp2M{}, logSNR}
	dpmpp2mSDE = setting{"dpmpp2m-sde", sample.DPMpp2MSDE{}, logSNR}
	heun       = setting{"heun", sample.Heun{}, uniform}
	pfEuler    = setting{"pf-euler", sample.ProbabilityFlow{}, uniform}
	euler      = setting{"euler", sample.EulerMaruyama{}, uniform}
	reverse    = setting{"reverse", sample.ReverseDiffusion{}, uniform}
	ancestral  = setting{"ancestral", sample.Ancestral{}, uniform}
	posterior  = setting{"ancestral posterior", sample.Ancestral{Posterior: true}, uniform}
	none       = setting{"none", nil, logSNR} // needs a corrector
)

// onLaws are the samplers that are compared on exact laws.
func onLaws() []setting {
	return []setting{
		dpmpp2m, {"unipc", sample.UniPC2{}, logSNR}, {"dpmpp2s", sample.DPMpp2S{}, logSNR}, {"ddim", sample.DDIM{}, logSNR}, heun,
		{"rk4", sample.RK4{}, logSNR}, pfEuler,
		dpmpp2mSDE, {"stochastic-heun", sample.StochasticHeun{}, uniform}, {"shark", sample.ShARK{}, uniform}, euler,
		reverse, ancestral, posterior,
		reverse.corrected(), none.corrected(),
		{"dpmpp2m + recurrence 1", sample.Recurrence{Inner: sample.DPMpp2M{}, Times: 1}, logSNR},
	}
}

// onModels are the samplers that are compared on trained models.
func onModels() []setting {
	return []setting{
		reverse, ancestral, posterior, euler, pfEuler,
		reverse.corrected(), ancestral.corrected(), none.corrected(),
		dpmpp2mSDE, dpmpp2m, heun,
	}
}

// corrected follows each step by a Langevin correction.
func (s setting) corrected() setting {
	return setting{s.name + " + langevin", sample.PredictorCorrector{Predictor: s.method, Corrector: sample.Langevin{}}, s.grid}
}

// times returns the times of a run from 1 to end within a number of evaluations; none
// if they do not pay for a step.
func (s setting) times(nfe int, sched sde.Schedule, end float64) []float64 {
	steps := nfe / s.method.Info().EvalsPerStep
	if steps == 0 {
		return nil
	}
	return s.grid.Times(sched, 1, end, steps)
}

// seedSE is the mean over seeds and its standard error, with the variance by n-1.
func seedSE(v []float64) (mean, se float64) {
	mean, se = numeric.MeanSE(v)
	return mean, se * math.Sqrt(float64(len(v))/float64(len(v)-1))
}
