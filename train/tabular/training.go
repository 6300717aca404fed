package tabular

import (
	"context"
	"fmt"
	"io"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/kernel"
	"tweedie/losses"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
	"tweedie/train/distill"
)

// Training is a training run of a model or of a classifier, for callers that save
// as it goes, stop and resume. Fit is all of it in one call.
type Training struct {
	data     *TrainingData
	set      settings
	like     *Model // the model whose classifier is trained; nil for a model
	label    string // column that the classifier tells
	save     func() error
	labels   labelTable
	rows     train.Rows
	held     train.Rows
	all      int // rows of the data
	cfg      train.Config
	sched    sde.Schedule
	trainer  *train.Trainer
	pca      *sample.PCA // of a latent model; nil for others
	teacher  *Model      // whose student is trained; nil for a model of its own
	student  *student
	paths    int               // of the teacher, or rows
	matching *distill.Matching // of a student of moment matching; nil for others
}

// Fit trains a model of a table. Options may be nil. When ctx ends it returns the
// model of the last step and ctx.Err().
func Fit(ctx context.Context, table datasets.Source, o *Options) (*Model, error) {
	data, err := ReadData(table, o)
	if err != nil {
		return nil, err
	}
	t, err := NewTraining(data, o)
	if err != nil {
		return nil, err
	}
	err = t.Run(ctx)
	if t.trainer == nil {
		return nil, err
	}
	return t.Model(), err
}

// NewTraining prepares a run. Options may be nil. It splits the cells of the data, of
// which it keeps copies, and sets data.Cells to nil, so that the table is held once.
func NewTraining(data *TrainingData, o *Options) (*Training, error) {
	if o == nil {
		o = &Options{}
	}
	if data.Cells == nil {
		return nil, errNoCells
	}
	t := &Training{data: data, set: settings(*o), all: data.Cells.Rows()}
	columns := len(data.Codec.Spans())
	if err := t.set.checkNetwork(); err != nil {
		return nil, err
	}
	if data.Open {
		t.set.fill(base, 0)
		t.set.fill(Options{}, lawSteps(t.all, t.set.Batch))
	} else {
		d := Defaults(t.all, columns)
		t.set.fill(d, 0)
		t.set.fill(Options{}, tableSteps(t.all, t.set.Batch))
	}
	if err := t.configure(); err != nil {
		return nil, err
	}
	t.split(func(r tableRows) train.Rows { return r })
	if err := t.findComponents(); err != nil {
		return nil, err
	}
	t.condition()
	t.data.Cells = nil // the run has its own
	return t, nil
}

// configure turns the settings into those of the trainer.
func (t *Training) configure() error {
	s := &t.set
	s.finish()
	if err := s.checkNumbers(); err != nil {
		return err
	}
	sched, loss, err := s.objective()
	if err != nil {
		return err
	}
	t.sched = sched
	val := loss
	val.Times.Spread, val.Times.Points = losses.Fixed, 16
	if err := val.Validate(); err != nil {
		return bad("times", "%q: %w", s.Times, err)
	}
	t.cfg = train.Config{
		Steps: s.Steps, Batch: s.Batch, Rate: train.Rate{Peak: s.Rate, Decay: s.Decay},
		WeightDecay: s.WeightDecay, Clip: s.Clip, EMA: s.EMA, UnitDropout: s.Dropout, Objective: loss, Validation: val,
		Every: s.Every, Patience: s.Patience, Seed: s.Seed, Workers: s.Workers,
		Draws: max(256, min(4096, maxDraws/t.data.Codec.Dim())),
	}
	return nil
}

// maxDraws bounds the numbers in the noisy rows of a validation, of which
// several copies are kept: wide tables have fewer of them.
const maxDraws = 1 << 22

// split sets rows to train on and rows to validate by apart.
func (t *Training) split(as func(tableRows) train.Rows) {
	d := t.data
	tr, held := datasets.Split(t.all, t.set.Holdout, t.set.Seed)
	t.rows = as(tableRows{d.Codec, d.Cells.Subset(tr), t.set.Seed})
	if len(held) > 0 {
		t.held = as(tableRows{d.Codec, d.Cells.Subset(held), t.set.Seed})
	}
}

// condition settles what rows are conditioned on as they are trained on.
func (t *Training) condition() {
	d := t.data
	if k := len(d.Codec.Metadata().Conditions()); k > 0 {
		all := mat.NewDense(t.all, k, nil)
		d.Codec.EncodeConditions(all, d.Cells, nil)
		t.labels = newConditionTable(all, d.Codec.Metadata().Conditions(), t.set.Seed)
		t.cfg.Dropout.Joint = t.set.LabelDropout
	}
	if t.set.Conditional > 0 {
		t.cfg.Masking = masking(d.Codec, t.set.Conditional)
	}
}

// StepsWithin sets the number of steps to what fits into a time on this machine,
// at most to the given one if that is positive, and returns it. clock is time.Now,
// but in tests.
func (t *Training) StepsWithin(ctx context.Context, budget time.Duration, most int, clock func() time.Time) (int, error) {
	t.cfg.Steps = 1 << 20 // for the measurement only: the rate is still warming up
	trainer, err := t.newTrainer()
	if err != nil {
		return 0, err
	}
	n, err := trainer.StepsWithin(ctx, budget, clock)
	if most > 0 {
		n = min(n, most)
	}
	t.set.Steps, t.cfg.Steps = n, n
	return n, err
}

// Prepare makes the network and the trainer, if there are none yet. It errs for
// settings that do not fit the data.
func (t *Training) Prepare() (err error) {
	if t.trainer == nil {
		t.trainer, err = t.newTrainer()
	}
	if err == nil && t.set.Observe != nil {
		t.trainer.Observe(t.set.Observe)
	}
	if err == nil && t.save != nil {
		t.trainer.Save(func(*train.Trainer) error { return t.save() })
	}
	return err
}

// OnSave has save called every Options.Every steps, after any validation, and after the
// last, when Model and State are worth keeping. Its error ends the run.
func (t *Training) OnSave(save func() error) error {
	t.save = save
	return t.Prepare()
}

// Run trains to the end, or until ctx ends: then it returns ctx.Err(), after a whole
// step, and Model and State are as of that step.
func (t *Training) Run(ctx context.Context) error {
	if err := t.Prepare(); err != nil {
		return err
	}
	return t.trainer.Run(ctx)
}

// Steps is the number of steps of the whole run.
func (t *Training) Steps() int { return t.cfg.Steps }

// Validates reports whether rows are held out to validate by.
func (t *Training) Validates() bool { return t.held != nil }

// Trainer is the loop of the run, nil before Prepare, OnSave, Restore or Run.
func (t *Training) Trainer() *train.Trainer { return t.trainer }

// Model is the model as it stands, with averaged parameters. It panics before Prepare,
// OnSave, Restore or Run, and for the training of a classifier.
func (t *Training) Model() *Model {
	m := &Model{net: &network{Model: t.network()}, codec: t.data.Codec, open: t.data.Open, labels: t.labels, provenance: t.provenance(), levels: t.set.Levels, pca: t.pca, student: t.student}
	if err := m.prepare(); err != nil {
		panic("tabular: " + err.Error()) // the codec was fitted
	}
	return m
}

// File is the checkpoint of the model, or classifier, as it stands.
func (t *Training) File() (*checkpoints.File, error) {
	if err := t.Prepare(); err != nil {
		return nil, err
	}
	if t.like != nil {
		c, err := t.Classifier()
		if err != nil {
			return nil, err
		}
		return c.File()
	}
	return t.Model().File()
}

// Storable errs when what a model file says of the table is too long for it: better
// known before hours of training than after them.
func (t *Training) Storable() error {
	if t.like != nil {
		return nil
	}
	f, err := t.File()
	if err != nil {
		return err
	}
	if err := checkpoints.Encode(io.Discard, f); err != nil {
		return fmt.Errorf("%s: %w: shorten names and texts of the columns, or declare columns of many long texts identifiers", t.data.Name, err)
	}
	return nil
}

func (t *Training) provenance() checkpoints.Provenance {
	return checkpoints.Provenance{
		Version: t.set.Version, Seed: t.set.Seed, Steps: t.trainer.Step(), KernelPath: kernel.Path(),
		Config: t.set.config(t), Data: t.data.Name, DataSHA256: t.data.Digest,
		Early: t.trainer.Early() && t.trainer.Step() < t.cfg.Steps,
	}
}
