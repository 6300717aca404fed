package quickstart

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/internal/numeric"
	"tweedie/train"
	"tweedie/train/tabular"
)

// Demo is a model of a law and what is found out about it. It is not safe for concurrent use.
type Demo struct {
	Law     toy.Law
	Model   *tabular.Model // of the columns of the law
	Reports []train.Report // of its training
	Folder  string         // that is there, for all files
	Seed    uint64
	Workers int // 0 for one per core; changes no bit
	// Fit and Draw are how long training and Sample took, for the table: a library has no clock.
	Fit, Draw time.Duration
	// Progress, if not nil, is called with the stage of the work and how far it is.
	Progress func(stage string, done, of int)

	samples  *mat.Dense
	data     *mat.Dense // fresh rows, in the law's units
	nll, se  float64    // of the fresh rows under the model, nats
	gap, gse float64    // of the model's log density below the law's, paired by row
	sliced   float64    // Wasserstein distance of samples to data
	floor    float64    // the same between two sets of data
	story    story
}

// Rows is the number of rows that Sample draws and Measure compares them with.
const Rows = 4000

// projections are those of sliced distances.
const projections = 100

// rows is the progress of a stage of so many rows.
func (d *Demo) rows(stage string, of int) func(done int) error {
	return func(done int) error {
		if d.Progress != nil {
			d.Progress(stage, done, of)
		}
		return nil
	}
}

// Sample draws rows and writes them to samples.csv as the sample command would.
func (d *Demo) Sample(ctx context.Context) error {
	d.samples = mat.NewDense(Rows, 2, nil)
	r, err := d.Model.Sample(ctx, Rows, &tabular.Query{
		Seed: d.Seed, Workers: d.Workers,
		Encoded: func(first int, x *mat.Dense) error {
			n, _ := x.Dims()
			d.Model.Units(d.samples.Slice(first, first+n, 0, 2).(*mat.Dense), x)
			return nil
		},
	})
	if err != nil {
		return err
	}
	return datasets.WriteTable(filepath.Join(d.Folder, "samples.csv"), r.Cells)
}

// Measure compares the model with the law that it was trained on: log densities of fresh rows,
// and the distance of the samples from them beside that of two sets of fresh rows.
func (d *Demo) Measure(ctx context.Context) error {
	fresh, err := d.Law.Cells(d.Model.Metadata(), Rows, ^d.Seed)
	if err != nil {
		return err
	}
	lp, err := d.Model.Densities(ctx, fresh, &tabular.DensityOptions{Workers: d.Workers, Progress: d.rows("density", Rows)})
	if err != nil {
		return err
	}
	d.data = mat.NewDense(Rows, 2, nil)
	d.Law.Sample(d.data, ^d.Seed, 0)
	truth := make([]float64, Rows)
	d.Law.LogProb(truth, d.data)
	for i := range truth {
		truth[i] -= lp.LogProb[i]
	}
	d.nll, d.se = numeric.MeanSE(lp.LogProb)
	d.nll = -d.nll
	d.gap, d.gse = numeric.MeanSE(truth)
	again := mat.NewDense(Rows, 2, nil)
	d.Law.Sample(again, ^d.Seed, Rows)
	d.sliced = metrics.SlicedWasserstein(d.data, d.samples, projections, d.Seed)
	d.floor = metrics.SlicedWasserstein(d.data, again, projections, d.Seed)
	return nil
}

// Header is that of the table of Results.
func Header() []string { return []string{"", "measured", "to compare with"} }

// Results are the rows of a table: what, the measured value, the value to compare with.
func (d *Demo) Results() [][]string {
	h, _ := d.Law.Entropy()
	list := [][]string{
		{"negative log likelihood, fresh rows", fmt.Sprintf("%.4f ± %.4f nats", d.nll, d.se), fmt.Sprintf("%.4f (entropy of the law)", h)},
		{"log density below the law's own, row by row", fmt.Sprintf("%.4f ± %.4f nats", d.gap, d.gse), "0 (a perfect model)"},
		{"sliced Wasserstein distance, samples to data", fmt.Sprintf("%.4f", d.sliced), fmt.Sprintf("%.4f (data to data)", d.floor)},
	}
	return append(append(list, d.story.results()...), [][]string{
		{"training", fmt.Sprintf("%.1f s, %d steps", d.Fit.Seconds(), d.Model.Provenance().Steps), ""},
		{"drawing " + fmt.Sprint(Rows) + " rows, 50 evaluations each", fmt.Sprintf("%.2f s", d.Draw.Seconds()), ""},
	}...)
}

// Verdicts are what Check found, a line for each guide.
func (d *Demo) Verdicts() []string { return d.story.verdicts() }
