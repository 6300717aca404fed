package tabular

import (
	"math"
	"slices"
	"strings"

	"tweedie/datasets"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// Options are the settings of a training run. Zero fields, and a nil pointer, mean
// the defaults, which are a function of rows and columns of the table: see
// Defaults. Where zero is a setting of its own, a negative number means it. Options
// are never written to.
type Options struct {
	Conditions []string               // label columns: always given, never generated; read as categories
	Infer      *datasets.InferOptions // what the columns are; nil to find out
	Encoding   string                 // of numbers: quantile, standard (mean and deviation), or auto: quantile from 100 rows on

	Schedule string // of the noise, as sde.ParseSchedule reads it; default vp
	Times    string // law of the training times, as losses.ParseTimes reads it
	// Levels, when set, are the times of training: the levels of a discrete chain, alike in number
	// and with the loss of its paper (see losses.Discrete) unless Weighting says otherwise. The
	// schedule must be vp or ve, and Times empty. The model keeps them for the samplers ddpm and
	// smld.
	Levels    *sde.Levels
	Weighting string // of the loss over time, as losses.ParseWeighting reads it; default edm

	// Latent pca:K lets the network live on the K principal components of encoded rows, for wide
	// tables of numbers: what the other components have is lost. Columns cannot be given then,
	// cells not imputed, and rows have no density.
	Latent string

	Hidden, Layers int // width and number of the hidden layers
	// Network is one's own in the place of the built-in one: then Hidden, Layers, FiLM and
	// Dropout must be zero. A program that loads the model gives it to Load.
	Network         *nn.Architecture
	FiLM            bool // let time and labels scale the layers, not only shift them
	FourierFeatures int  // frequencies for each number beside its value; negative for none

	Steps, Batch int     // optimizer steps, and rows in each
	Rate         float64 // peak learning rate
	Decay        string  // of the rate after the warm-up: see Decays; default cosine
	WeightDecay  float64 // decoupled; default 0
	Clip         float64 // bound of the gradient norm; default 1, negative for none
	EMA          float64 // decay of the average of the parameters; default 0.999

	// Share of the hidden units left out of each step, for rows given in part (all
	// rows without any); negative for none.
	Dropout float64
	// Share of the rows trained with some columns given; default 0.5, negative for
	// none: then columns cannot be given, and cells not imputed.
	Conditional float64
	// Share of the rows trained without labels; default 0.1, negative for none.
	LabelDropout float64
	// How far, as a share of the way, the numbers of a row move towards a similar
	// row each time it is trained on; negative for not at all.
	NeighborMixup float64

	Holdout         float64 // share of the rows kept for validation; negative for none
	Every, Patience int     // steps between reports, default a 50th; validations without improvement before stopping, negative for no end

	Seed    uint64
	Workers int // 0 for one per core; changes no bit of any result

	// Observe receives a report every Every steps and after the last, with a validation if
	// rows are held out. Its error ends the run.
	Observe func(train.Report) error
	// Version is recorded in the provenance of the model.
	Version string
	// ConfigNotes are added to the settings in the provenance.
	ConfigNotes map[string]string
}

// Decays are the learning rates after the warm-up, by name.
func Decays() []string { return []string{"cosine", "linear", "rsqrt", "constant"} }

// maxFourierFeatures is the most frequencies that float32 tells apart.
const maxFourierFeatures = 16

// Validate errs for settings that no run can use, whatever the table.
func (o *Options) Validate() error {
	s := settings(*o)
	s.fill(base, 0)
	s.finish()
	if err := s.checkNumbers(); err != nil {
		return err
	}
	if _, _, err := s.objective(); err != nil {
		return err
	}
	if _, err := s.components(); err != nil {
		return err
	}
	_, err := fitOptions(o.Encoding)
	return err
}

// settings are options with every default filled in: zero means zero.
type settings Options

func (s *settings) checkNumbers() error {
	share := func(v float64) bool { return v >= 0 && v <= 1 }
	below := func(v float64) bool { return v >= 0 && v < 1 }
	for _, c := range []struct {
		option string
		v      float64
		ok     bool
		want   string
	}{
		{"steps", float64(s.Steps), s.Steps >= 0, "at least 1"},
		{"batch", float64(s.Batch), s.Batch > 0, "at least 1"},
		{"hidden", float64(s.Hidden), s.Hidden > 0, "at least 1"},
		{"layers", float64(s.Layers), s.Layers > 0, "at least 1"},
		{"every", float64(s.Every), s.Every >= 0, "at least 1"},
		{"holdout", s.Holdout, below(s.Holdout), "a share from 0 to below 1"},
		{"lr", s.Rate, s.Rate > 0 && s.Rate <= math.MaxFloat64, "a positive number"},
		{"weight-decay", s.WeightDecay, s.WeightDecay >= 0 && s.WeightDecay <= math.MaxFloat64, "a number that is not negative"},
		{"clip", s.Clip, s.Clip != 0 && math.Abs(s.Clip) <= math.MaxFloat64, "a positive bound, or -1 for none"},
		{"ema", s.EMA, s.EMA > 0 && s.EMA < 1, "a decay between 0 and 1, as 0.999"},
		{"conditional-share", s.Conditional, share(s.Conditional), "a share from 0 to 1"},
		{"neighbor-mixup", s.NeighborMixup, share(s.NeighborMixup), "a share from 0 to 1"},
		{"dropout", s.Dropout, below(s.Dropout), "a share from 0 to below 1"},
		{"condition-dropout", s.LabelDropout, below(s.LabelDropout), "a share from 0 to below 1"},
		{"fourier-features", float64(s.FourierFeatures), s.FourierFeatures <= maxFourierFeatures, "at most 16"},
	} {
		if !c.ok {
			return bad(c.option, "is %v: give %s", c.v, c.want)
		}
	}
	return nil
}

// objective parses the settings that have a language of their own.
func (s *settings) objective() (sched sde.Schedule, loss losses.Denoising, err error) {
	if sched, err = sde.ParseSchedule(s.Schedule); err != nil {
		return nil, loss, bad("sde", "%q: %w", s.Schedule, err)
	}
	loss.Sched = sched
	if s.Levels != nil {
		loss, err = s.discrete(sched)
		return sched, loss, err
	}
	if loss.Weight, err = losses.ParseWeighting(s.Weighting); err != nil {
		return nil, loss, bad("weighting", "%q: %w", s.Weighting, err)
	}
	if loss.Times, err = losses.ParseTimes(s.Times); err != nil {
		return nil, loss, bad("times", "%q: %w", s.Times, err)
	}
	if err := loss.Validate(); err != nil {
		return nil, loss, bad("times", "%q: %w", s.Times, err)
	}
	if !slices.Contains(Decays(), s.Decay) {
		return nil, loss, bad("decay", "%q: use one of %s", s.Decay, strings.Join(Decays(), ", "))
	}
	return sched, loss, nil
}
