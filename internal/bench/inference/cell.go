package inference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/datasets/metrics"
	"tweedie/datasets/simulators"
	"tweedie/internal/atomicfile"
)

// Cell is the result of a case, a number of simulations and a seed.
type Cell struct {
	Case         string    `json:"case"`
	Simulations  int       `json:"simulations"`
	Seed         uint64    `json:"seed"`
	Rows         int       `json:"rows"`
	Observations []int     `json:"observations"`
	C2ST         []float64 `json:"c2st"`          // of each observation
	Training     float64   `json:"train_seconds"` // on the machine it was measured on
	Drawing      float64   `json:"draw_seconds"`  // of Rows draws, the mean over observations
	LogScore     *float64  `json:"log_score"`     // held-out log q(z|x), nats
}

// path is the file of a cell.
func (o *Options) path(c Case, budget int, seed uint64) string {
	name := fmt.Sprintf("%s-%d-seed%d.json", strings.ReplaceAll(c.String(), ":", "-"), budget, seed)
	return filepath.Join(o.Out, name)
}

// stored returns a cell that was measured before with the same rows and observations, nil if there is none.
func (o *Options) stored(c Case, budget int, seed uint64) (*Cell, error) {
	path := o.path(c, budget, seed)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var r Cell
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: %w: delete the file to measure the cell again", path, err)
	}
	if r.Case != c.String() || r.Simulations != budget || r.Seed != seed || len(r.C2ST) != len(r.Observations) {
		return nil, fmt.Errorf("%s is of %s, %d simulations, seed %d: delete the file to measure the cell again", path, r.Case, r.Simulations, r.Seed)
	}
	if r.Rows != o.Rows || !slices.Equal(r.Observations, o.Observations) {
		return nil, fmt.Errorf("%s has %d rows for the observations %v: ask for the same, or write to another folder", path, r.Rows, r.Observations)
	}
	return &r, nil
}

func (o *Options) store(c Case, r *Cell) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(o.path(c, r.Simulations, r.Seed))
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	return f.Commit()
}

// measure trains and judges one cell.
func (o *Options) measure(ctx context.Context, c Case, budget int, seed uint64) (*Cell, error) {
	task, err := simulators.Lookup(c.Task)
	if err != nil {
		return nil, err
	}
	theta, x, err := simulators.Draw(ctx, task, nil, budget, seed, 0, o.Workers)
	if err != nil {
		return nil, err
	}
	start := o.Clock()
	p, err := o.Fit(ctx, c, theta, x, seed)
	if err != nil {
		return nil, err
	}
	r := &Cell{Case: c.String(), Simulations: budget, Seed: seed, Rows: o.Rows, Observations: o.Observations}
	r.Training = o.Clock().Sub(start).Seconds()
	if s := p.LogScore(); s == s {
		r.LogScore = &s
	}
	for _, n := range o.Observations {
		accuracy, seconds, err := o.judge(ctx, task, p, n, seed)
		if err != nil {
			return nil, fmt.Errorf("observation %d: %w", n, err)
		}
		r.C2ST = append(r.C2ST, accuracy)
		r.Drawing += seconds / float64(len(o.Observations))
	}
	return r, nil
}

// judge returns the C2ST of draws for observation n, and the seconds of drawing.
func (o *Options) judge(ctx context.Context, task simulators.Task, p Posterior, n int, seed uint64) (accuracy, seconds float64, err error) {
	b, err := simulators.ReadObservation(o.Data, task, n, true)
	if err != nil {
		return 0, 0, err
	}
	start := o.Clock()
	draws, err := p.Draw(ctx, b.X, o.Rows, seed)
	if err != nil {
		return 0, 0, err
	}
	seconds = o.Clock().Sub(start).Seconds()
	rows, d := b.Reference.Dims()
	reference := b.Reference.Slice(0, min(rows, o.Rows), 0, d)
	res, err := metrics.C2ST(ctx, dense(reference), draws, metrics.C2STOptions{Workers: o.Workers})
	if err != nil {
		return 0, 0, err
	}
	return res.Accuracy, seconds, nil
}
