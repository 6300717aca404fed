package inference

import (
	"context"
	"fmt"
	"os"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/simulators"
)

// Run measures all cells that are not done yet, small budgets first, and returns all of
// them. What is done before an error, or before ctx is done, is kept.
func Run(ctx context.Context, options Options) ([]*Cell, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := o.present(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, err
	}
	var cells []*Cell
	for _, budget := range o.Budgets {
		for k := range o.seeds(budget) {
			for _, c := range o.Cases {
				r, err := o.cell(ctx, c, budget, o.Seed+uint64(k))
				if err != nil {
					return cells, fmt.Errorf("%s, %d simulations, seed %d: %w", c, budget, o.Seed+uint64(k), err)
				}
				cells = append(cells, r)
			}
		}
	}
	return cells, nil
}

// present errs unless all observations can be read: it is known before anything is trained.
func (o *Options) present() error {
	for _, c := range o.Cases {
		t, err := simulators.Lookup(c.Task)
		if err != nil {
			return err
		}
		for _, n := range o.Observations {
			if _, err := simulators.ReadObservation(o.Data, t, n, false); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Options) cell(ctx context.Context, c Case, budget int, seed uint64) (*Cell, error) {
	r, err := o.stored(c, budget, seed)
	if err != nil || r != nil {
		return r, err
	}
	if r, err = o.measure(ctx, c, budget, seed); err != nil {
		return nil, err
	}
	if err := o.store(c, r); err != nil {
		return nil, err
	}
	if o.Done != nil {
		err = o.Done(r)
	}
	return r, err
}

func dense(m mat.Matrix) *mat.Dense { return m.(*mat.Dense) }
