package tabular

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"reflect"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
	"tweedie/train/distill"
)

// Distillation says what student is trained of a teacher.
type Distillation struct {
	Evaluations int                      // of the student's network for each row: 1, 2 or 4
	Paths       int                      // of the teacher that it is trained on, or rows; default by the size of a row
	Progress    func(done, of int) error // called as paths, or rows, are drawn; its error ends it
}

// Where students are evaluated after the start, which is that of the teacher, as λ = ln(α/σ).
// The stretches of flow maps reach to the data, of rows of a table further than the next λ by tableReach. A student of a table with
// categories is one of moment matching from matchedFrom evaluations on: docs/measurements/distillation.md.
var (
	lawStudents   = map[int][]float64{1: {}, 2: {1.5}, 4: {0.7, 1.5, 2.3}}
	tableStudents = map[int][]float64{1: {}, 2: {0.6}, 4: {-0.3, 0.6, 1.4}}
)

const (
	tableReach  = 0.44
	matchedFrom = 4
)

// studentOf returns a student of so many evaluations, and where the teacher's paths end.
func (m *Model) studentOf(evaluations int) (s *student, o distill.Options, err error) {
	places := tableStudents
	if m.open {
		places = lawStudents
	}
	lambdas, ok := places[evaluations]
	if !ok {
		return nil, o, bad("evaluations", "is %d: give 1, 2 or 4", evaluations)
	}
	sched := m.net.Schedule()
	s = &student{Times: []float64{1}}
	if !m.open {
		var start float64
		start, o.End = runEnds(sched, plainFrom, plainTo, len(m.net.Conds) > 0)
		s.Times[0], o.Denoise = cmp.Or(start, 1), o.End > 0
	}
	if !m.open && evaluations >= matchedFrom && len(m.net.Cats) > 0 {
		s.Method = matched
	}
	for _, l := range lambdas {
		s.Times = append(s.Times, sde.TimeAt(sched, l))
		if s.Method == matched {
			continue
		}
		s.Reach = append(s.Reach, 0)
		if !m.open {
			s.Reach[len(s.Reach)-1] = sde.TimeAt(sched, l+tableReach)
		}
	}
	f, err := m.File()
	if err != nil {
		return nil, o, err
	}
	h := sha256.New()
	err = checkpoints.Encode(h, f)
	s.Teacher = hex.EncodeToString(h.Sum(nil))
	return s, o, err
}

// Paths are such that their numbers take at most this memory, in bytes.
const (
	mostPaths   = 24 << 10
	pathsMemory = 512 << 20
)

// NewDistillation prepares the training of a student of the model, and draws the teacher's paths.
// The student is the model's network, trained further; its label columns are always given. Of the
// options, those of the optimizer count: Steps, Batch, Rate, Decay, WeightDecay, Clip, EMA, Every,
// Seed, Workers, Observe, Version and ConfigNotes.
func (m *Model) NewDistillation(ctx context.Context, d Distillation, o *Options) (*Training, error) {
	if o == nil {
		o = &Options{}
	}
	if err := m.noStudent("it has no posterior means to learn from"); err != nil {
		return nil, err
	}
	if other := o.besideOptimizer(); other != "" {
		return nil, fmt.Errorf("tabular: %s is not for a student, which has network, schedule and columns of its teacher: leave it away", other)
	}
	t := &Training{set: settings(*o), teacher: m, labels: m.labels, pca: m.pca, sched: m.net.Schedule()}
	t.data = &TrainingData{Name: m.provenance.Data, Digest: m.provenance.DataSHA256, Codec: m.codec, Open: m.open}
	s, paths, err := m.studentOf(d.Evaluations)
	if err != nil {
		return nil, err
	}
	t.student = s
	if err := t.configureStudent(); err != nil {
		return nil, err
	}
	size := 4 * m.net.Dim() * 2 * len(s.Times)
	set(&d.Paths, min(mostPaths, max(1<<10, pathsMemory/size)))
	if d.Paths < 2 {
		return nil, bad("paths", "is %d: give at least 2", d.Paths)
	}
	t.paths = d.Paths
	paths.Seed, paths.Workers = o.Seed, o.Workers
	if d.Progress != nil {
		paths.Progress = func(done int) error { return d.Progress(done, d.Paths) }
	}
	if s.Method == matched {
		return t, t.drawRows(ctx, d.Paths, &paths)
	}
	return t, t.drawPaths(ctx, d.Paths, &paths)
}

// besideOptimizer is the name of a field that is set and that the training of a student does not
// have, or "".
func (o *Options) besideOptimizer() string {
	v := reflect.ValueOf(*o)
	for i := range v.NumField() {
		switch name := v.Type().Field(i).Name; name {
		case "Steps", "Batch", "Rate", "Decay", "WeightDecay", "Clip", "EMA", "Every", "Seed", "Workers", "Observe", "Version", "ConfigNotes":
		default:
			if !v.Field(i).IsZero() {
				return name
			}
		}
	}
	return ""
}

// configureStudent fills in the settings of a student, and refuses those that no run can use.
func (t *Training) configureStudent() error {
	s := &t.set
	o := Options{Rate: 2e-3, Batch: 256, Holdout: -1, Patience: -1, Conditional: -1}
	steps := 8000
	switch {
	case t.teacher.open:
		o.Batch, steps = 512, 4000
	case t.student.Method == matched:
		o.Rate, steps = 3e-3, 12000
	}
	s.fill(o, steps)
	s.fill(base, 0)
	s.finish()
	if err := s.checkNumbers(); err != nil {
		return err
	}
	if _, _, err := s.objective(); err != nil {
		return err
	}
	t.cfg = train.Config{
		Steps: s.Steps, Batch: s.Batch, Rate: train.Rate{Peak: s.Rate, Decay: s.Decay}, WeightDecay: s.WeightDecay,
		Clip: s.Clip, EMA: s.EMA, Every: s.Every, Seed: s.Seed, Workers: s.Workers,
		Draws: max(256, min(4096, maxDraws/t.data.Codec.Dim())),
	}
	return nil
}

// labeledTeacher is the teacher's denoiser, each row of which has labels by their law in the table.
func (t *Training) labeledTeacher() (sde.Denoiser, labelTurns, error) {
	m := t.teacher
	if len(m.net.Conds) == 0 {
		return m.net, nil, nil
	}
	law, err := m.labels.given(nil, nil, t.set.Seed)
	if err != nil {
		return nil, nil, err
	}
	turns := labelTurns{law}
	return labeled{model: m.net, laws: turns}, turns, nil
}

// drawPaths draws the teacher's paths, of which a twentieth is held out.
func (t *Training) drawPaths(ctx context.Context, n int, o *distill.Options) error {
	m := t.teacher
	d, turns, err := t.labeledTeacher()
	if err != nil {
		return err
	}
	paths, err := distill.Draw(ctx, d, t.student.steps(m).(sample.FlowMap), n, o)
	if err != nil {
		return err
	}
	held, rest := paths.Split(min(n/20+1, 1024))
	for _, p := range []*distill.Pairs{held, rest} {
		p.Labels = func(c *mat.Dense, paths []int) { turns.draw(c, func(i int) int { return paths[i] }) }
	}
	t.rows, t.held, t.cfg.Objective, t.cfg.Validation = rest, held, rest, held
	return nil
}

// studentConfig are the settings that repeat the training of a student.
func (t *Training) studentConfig() map[string]string {
	s := &t.set
	c := map[string]string{
		"evaluations": fmt.Sprint(len(t.student.Times)), "paths": fmt.Sprint(t.paths), "decay": s.Decay,
		"steps": fmt.Sprint(t.cfg.Steps), "batch": fmt.Sprint(s.Batch), "lr": fmt.Sprint(s.Rate),
		"weight-decay": fmt.Sprint(s.WeightDecay), "clip": fmt.Sprint(s.Clip), "ema": fmt.Sprint(s.EMA),
	}
	if s.Every > 0 {
		c["every"] = fmt.Sprint(s.Every)
	}
	maps.Copy(c, s.ConfigNotes)
	return c
}
