package simulators

import (
	"context"
	"fmt"
	"os"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/prior"
	"tweedie/internal/parallel"
	"tweedie/internal/stream"
)

// block is the number of rows that a worker simulates at a time.
const block = 256

// Draw draws rows first, first+1, … of θ ~ p, of the prior of the task if p is nil, and
// of x|θ. Workers, 0 for one per core, change no bit. It errs if p has not the parameters
// of the task, on a θ that the simulator does not take, and when ctx is done.
func Draw(ctx context.Context, t Task, p *prior.Prior, rows int, seed uint64, first, workers int) (theta, x *mat.Dense, err error) {
	if p == nil {
		p = t.Prior()
	}
	if err := Matches(t, p); err != nil {
		return nil, nil, err
	}
	d, w := t.Dims()
	theta, x = mat.NewDense(rows, d, nil), mat.NewDense(rows, w, nil)
	errs := make([]error, (rows+block-1)/block)
	parallel.For(workers, len(errs), func(k int) {
		if errs[k] = ctx.Err(); errs[k] != nil {
			return
		}
		lo, hi := k*block, min((k+1)*block, rows)
		part := theta.Slice(lo, hi, 0, d).(*mat.Dense)
		p.Sample(part, seed, first+lo)
		errs[k] = t.Simulate(x.Slice(lo, hi, 0, w).(*mat.Dense), part, seed, first+lo)
	})
	for _, err := range errs {
		if err != nil {
			return nil, nil, err
		}
	}
	return theta, x, nil
}

// Matches errs unless the parameters of a prior are those of a task, in its order.
func Matches(t Task, p *prior.Prior) error {
	want, got := t.Prior().Names(), p.Names()
	if strings.Join(want, "\x00") != strings.Join(got, "\x00") {
		return fmt.Errorf("the prior has the parameters %s; the task %s has %s, in this order", strings.Join(got, ", "), t.Name(), strings.Join(want, ", "))
	}
	return nil
}

// taskPrefix is how the prior of a task is named where a file may stand.
const taskPrefix = "task:"

// OpenPrior returns the prior that a text names: task:NAME, or a file of YAML as
// prior.Read has it.
func OpenPrior(text string) (*prior.Prior, error) {
	name, ok := strings.CutPrefix(text, taskPrefix)
	if !ok {
		p, err := prior.Read(text)
		if _, known := Lookup(text); err != nil && known == nil {
			if _, there := os.Stat(text); there != nil {
				return nil, fmt.Errorf("%s: no such file: for the prior of the task write task:%s", text, text)
			}
		}
		return p, err
	}
	t, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return t.Prior(), nil
}

// Observation returns the n-th observation of a task, n ≥ 1, and the θ that it was
// simulated with: draws of the prior and the simulator that depend on the task and n
// alone. The observations of the benchmark are others, see ReadObservation.
func Observation(t Task, n int) (theta, x []float64, err error) {
	a, b, err := Draw(context.Background(), t, nil, 1, stream.Seed(0, "simulators/observation/"+t.Name()), n-1, 1)
	if err != nil {
		return nil, nil, err
	}
	return a.RawRowView(0), b.RawRowView(0), nil
}
