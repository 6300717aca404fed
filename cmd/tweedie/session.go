package main

import (
	"context"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sde"
	"tweedie/train"
)

// session is a training run in the making.
type session struct {
	app    *app
	o      *trainFlags
	src    *source
	like   *bundle // the model whose classifier is trained; nil for a model
	labels labelTable
	data   train.Rows
	held   train.Rows
	cfg    train.Config
	sched  sde.Schedule
	saved  int               // step of the model file, 0 before this run has written it
	watch  func(train.Event) // nil for none
}

// newSession fixes all settings but the number of steps.
func (a *app) newSession(o *trainFlags) (*session, error) {
	s := &session{app: a, o: o}
	var err error
	if o.classifier != "" {
		if s.like, err = loadBundle(o.like); err != nil {
			return nil, err
		}
		o.sde = scheduleName(s.like.model.Sched)
		if o.times == defaultTimes {
			o.times = classifierTimes
		}
	}
	return s, s.configure()
}

// configure turns the flags into the settings of the run.
func (s *session) configure() error {
	o, a := s.o, s.app
	sched, loss, err := o.objective()
	if err != nil {
		return err
	}
	s.sched = sched
	val := loss
	val.Times.Spread, val.Times.Points = losses.Fixed, 16
	if err := val.Validate(); err != nil {
		return usage{err}
	}
	s.cfg = train.Config{
		Steps: max(o.steps, s.cfg.Steps), Batch: o.batch, Rate: train.Rate{Peak: o.lr, Decay: o.rate},
		WeightDecay: o.decay, Clip: o.clip, EMA: o.ema, UnitDropout: o.units, Objective: loss, Validation: val,
		Every: o.every, Patience: o.patience, Seed: a.seed, Workers: a.workers,
	}
	return nil
}

// maxDraws bounds the numbers in the noisy rows of a validation, of which
// several copies are kept: wide tables have fewer of them.
const maxDraws = 1 << 22

// load splits the data, and settles what depends on it.
func (s *session) load(src *source) error {
	s.src = src
	if src.law == nil && s.like == nil {
		s.o.forTable(src.cells.Rows(), len(src.codec.Spans()))
		if err := s.configure(); err != nil {
			return err
		}
	}
	tr, he := datasets.Split(src.cells.Rows(), s.o.holdout, s.app.seed)
	rows := func(idx []int) train.Rows {
		t := tableRows{src.codec, src.cells.Subset(idx), s.app.seed}
		if s.like == nil {
			return t
		}
		_, column := s.label()
		return classRows{t, column}
	}
	s.data = rows(tr)
	if len(he) > 0 {
		s.held = rows(he)
	}
	s.cfg.Draws = max(256, min(4096, maxDraws/src.codec.Dim()))
	if s.like == nil {
		s.given()
	}
	src.release()
	return nil
}

// given settles what is given of the rows as they are trained on.
func (s *session) given() {
	src := s.src
	if k := len(src.codec.Metadata().Conditions()); k > 0 {
		all := mat.NewDense(src.cells.Rows(), k, nil)
		src.codec.EncodeConditions(all, src.cells, nil)
		s.labels = newLabelTable(all)
		s.cfg.Dropout.Joint = s.o.dropout
	}
	if s.o.partial > 0 {
		s.cfg.Masking = masking(src.codec, s.o.partial)
	}
}

// chooseSteps settles the number of steps: given, measured, or by the data.
func (s *session) chooseSteps(ctx context.Context) error {
	switch {
	case s.o.steps > 0:
		s.cfg.Steps = s.o.steps
	case s.o.budget > 0:
		if err := s.fitSteps(ctx, s.o.budget); err != nil {
			return err
		}
		s.app.log.Info("steps that fit into the budget", "steps", s.cfg.Steps, "budget", s.o.budget, "repeat-with", "--steps "+strconv.Itoa(s.cfg.Steps))
	default:
		steps := defaultSteps
		if s.src.law == nil && s.like == nil {
			steps = tableSteps
		}
		s.cfg.Steps = steps(s.src.rows, s.o.batch)
	}
	return nil
}

// fitSteps sets the number of steps to what fits into a time on this machine.
func (s *session) fitSteps(ctx context.Context, budget time.Duration) error {
	s.cfg.Steps = 1 << 20 // for the measurement only: the rate is still warming up
	t, err := s.trainer()
	if err != nil {
		return err
	}
	s.cfg.Steps, err = t.StepsWithin(ctx, budget, time.Now)
	return err
}

// defaultSteps grows with the table: small ones are learnt, and overfitted,
// soon.
func defaultSteps(rows, batch int) int {
	return min(20000, max(3000, 100*rows/max(1, batch)))
}

// trainer returns a trainer of a new model, or classifier.
func (s *session) trainer() (*train.Trainer, error) {
	var m nn.Trainable
	var err error
	if s.like != nil {
		m, err = s.newClassifier()
	} else {
		m, err = s.newModel()
	}
	if err != nil {
		return nil, usage{err}
	}
	rows := s.data
	if s.o.blend > 0 {
		if rows, err = s.blended(); err != nil {
			return nil, err
		}
	}
	t, err := train.New(m, rows, s.held, s.cfg)
	if err != nil {
		return nil, usage{err}
	}
	return t, nil
}

// Rows are blended with one of blendNeighbours others, a quarter of all at most,
// and compared in pairs for that.
const (
	blendNeighbours = 40
	maxBlendRows    = 20000
)

func (s *session) blended() (train.Rows, error) {
	n := s.data.Len()
	if n > maxBlendRows {
		return nil, badUsage("--blend is for small tables: this one has %d rows to train on, and at most %d can be compared in pairs", n, maxBlendRows)
	}
	e := s.src.codec
	var numbers []int
	for _, b := range e.Blocks() {
		if b.Kind == datasets.Continuous {
			numbers = append(numbers, b.Start)
		}
	}
	return train.NewBlend(s.data, e.Dim(), len(e.Metadata().Conditions()), numbers, max(1, min(blendNeighbours, n/4)), s.o.blend, s.app.seed), nil
}

func (s *session) newModel() (*nn.Model, error) {
	k := shapeOf(s.data.(tableRows))
	return nn.New(nn.Config{
		Hidden: s.o.hidden, Layers: s.o.layers, FiLM: s.o.film, Schedule: s.sched,
		Mean: k.mean, Variance: k.variance, Categories: k.categories, Parts: s.o.partial > 0, Waves: s.o.waves,
		Conditions: conditions(s.src.codec.Metadata()), Seed: s.app.seed,
	})
}
