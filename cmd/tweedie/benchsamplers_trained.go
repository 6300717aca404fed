package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/toy"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

// trainedPart are the comparisons on trained models.
type trainedPart struct {
	Models    []quality  `json:"models"`
	Samplers  []quality  `json:"samplers"`
	Encodings []encoding `json:"encodings"`
}

// quality is a mean over seeds, with its standard error. Distance is the
// sliced 1-Wasserstein distance of draws to fresh rows of the law, in standard
// deviations, Gap what the negative log likelihood exceeds the entropy by.
type quality struct {
	Law        string  `json:"law"`
	What       string  `json:"what"`
	NFE        int     `json:"nfe,omitempty"`
	Distance   float64 `json:"distance"`
	DistanceSE float64 `json:"distance_se"`
	Gap        float64 `json:"nll_gap,omitempty"`
	GapSE      float64 `json:"nll_gap_se,omitempty"`
	// Excess is the mean difference to the first sampler at the same seeds and
	// evaluations: the same models, and the same noise where steps are alike.
	Excess   float64 `json:"excess,omitempty"`
	ExcessSE float64 `json:"excess_se,omitempty"`
}

// recipe is a model to train.
type recipe struct {
	name           string
	hidden, layers int
	loss           losses.Denoising
}

func (o *samplersFlags) recipes() ([]recipe, error) {
	chain, err := sde.NewDDPM(sde.VP{}, 1000)
	if err != nil {
		return nil, err
	}
	times, err := losses.ParseTimes(defaultTimes)
	if err != nil {
		return nil, err
	}
	with := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Times: times, Weight: losses.EDM{}}
	}
	likely := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Times: losses.Times{Law: losses.UniformLogSNR{}, Corrected: true}, Weight: losses.LikelihoodWeighting{}}
	}
	uniform := func(s sde.Schedule) losses.Denoising {
		return losses.Denoising{Sched: s, Weight: losses.Sigma2{}}
	}
	return []recipe{
		{"VP", 64, 4, with(sde.VP{})},
		{"VE", 64, 4, with(sde.VE{})},
		{"sub-VP", 64, 4, with(sde.SubVP{})},
		{"VP, likelihood weighting", 64, 4, likely(sde.VP{})},
		{"VE, likelihood weighting", 64, 4, likely(sde.VE{})},
		{"sub-VP, likelihood weighting", 64, 4, likely(sde.SubVP{})},
		{"VP, σ² weighting, t uniform", 64, 4, uniform(sde.VP{})},
		{"VE, σ² weighting, t uniform", 64, 4, uniform(sde.VE{})},
		{"sub-VP, σ² weighting, t uniform", 64, 4, uniform(sde.SubVP{})},
		{"VP, σ² weighting, 1000 levels", 64, 4, losses.Discrete(chain)},
		{"VP, 1 layer", 64, 1, with(sde.VP{})},
		{"VP, 2 layers", 64, 2, with(sde.VP{})},
		{"VP, 8 layers", 64, 8, with(sde.VP{})},
	}, nil
}

// toyData are standardised rows of a toy law, to train on and to compare with.
type toyData struct {
	law         toy.Law
	train, test *mat.Dense
	entropy     float64 // of the standardised law
}

const toyTest = 10000

func newToyData(name string) (*toyData, error) {
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, err
	}
	d := &toyData{law: law, train: mat.NewDense(100000, 2, nil), test: mat.NewDense(toyTest, 2, nil)}
	law.Sample(d.train, 1, 0)
	law.Sample(d.test, 2, 0)
	mean, variance := columnMoments(d.train)
	d.entropy, _ = law.Entropy()
	for _, x := range []*mat.Dense{d.train, d.test} {
		n, _ := x.Dims()
		for i := range n {
			row := x.RawRowView(i)
			for j := range row {
				row[j] = (row[j] - mean[j]) / math.Sqrt(variance[j])
			}
		}
	}
	for _, v := range variance {
		d.entropy -= 0.5 * math.Log(v)
	}
	return d, nil
}

func (d *toyData) fit(ctx context.Context, r recipe, steps int, seed uint64, workers int) (*nn.Model, error) {
	m, err := nn.New(nn.Config{
		Hidden: r.hidden, Layers: r.layers, Schedule: r.loss.Sched,
		Mean: []float64{0, 0}, Variance: []float64{1, 1}, Seed: seed,
	})
	if err != nil {
		return nil, err
	}
	t, err := train.New(m, train.Data{X: d.train}, train.Data{}, train.Config{Steps: steps, Objective: r.loss, Seed: seed, Workers: workers})
	if err != nil {
		return nil, err
	}
	if err := t.Run(ctx); err != nil {
		return nil, err
	}
	return t.Model(), nil
}

// distance of as many draws as there are test rows to these.
func (d *toyData) distance(ctx context.Context, m *nn.Model, f methodFlags, nfe int, seed uint64, workers int) (float64, error) {
	method, err := f.on(m.Schedule())
	if err != nil {
		return 0, err
	}
	res, err := sample.Run(ctx, m, method, toyTest, &sample.Options{NFE: nfe, Grid: f.options().Grid, Seed: seed, Workers: workers})
	if err != nil {
		return 0, err
	}
	return metrics.SlicedWasserstein(d.test, res.X, 50, 5), nil
}

// gap is what the negative log likelihood of test rows exceeds the entropy by.
// The control variate, the exact log density less the entropy, takes most of
// its sampling error.
func (d *toyData) gap(ctx context.Context, m *nn.Model, workers int) (float64, error) {
	const rows = 2000
	x := d.test.Slice(0, rows, 0, 2).(*mat.Dense)
	l, err := sample.LogProb(ctx, m, x, &sample.LogProbOptions{RTol: 1e-4, ATol: 1e-4, Workers: workers})
	if err != nil {
		return 0, err
	}
	exact, raw := make([]float64, rows), mat.NewDense(rows, 2, nil)
	d.law.Sample(raw, 2, 0)
	d.law.LogProb(exact, raw)
	entropy, _ := d.law.Entropy()
	sum := 0.0
	for i, v := range l.LogProb {
		sum += exact[i] + entropy - v - d.entropy
	}
	return sum / rows, nil
}

func (a *app) benchTrained(ctx context.Context, o *samplersFlags, r *samplersReport) error {
	recipes, err := o.recipes()
	if err != nil {
		return err
	}
	r.Trained = &trainedPart{}
	kept := map[string][]*nn.Model{} // of the checkerboard, for the samplers
	var board *toyData
	for _, law := range []string{"checkerboard", "2spirals"} {
		d, err := newToyData(law)
		if err != nil {
			return err
		}
		fresh := mat.NewDense(toyTest, 2, nil)
		fresh.Copy(d.train.Slice(0, toyTest, 0, 2))
		a.heading(fmt.Sprintf("%s: %d models of each kind, %d steps; distance by dpmpp2m at 64 evaluations (two sets of exact draws have %.4f)",
			law, o.seeds, o.steps, metrics.SlicedWasserstein(d.test, fresh, 50, 5)), "model", "distance", "NLL less entropy, nats")
		for _, rec := range recipes {
			dist, gap := make([]float64, o.seeds), make([]float64, o.seeds)
			for s := range o.seeds {
				m, err := d.fit(ctx, rec, o.steps, uint64(s), a.workers)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", law, rec.name, err)
				}
				if dist[s], err = d.distance(ctx, m, methodFlags{samplerName: "dpmpp2m"}, 64, uint64(s), a.workers); err != nil {
					return err
				}
				if gap[s], err = d.gap(ctx, m, a.workers); err != nil {
					return err
				}
				if law == "checkerboard" && (rec.name == "VP" || rec.name == "VE" || rec.name == "sub-VP") {
					kept[rec.name] = append(kept[rec.name], m)
				}
			}
			q := quality{Law: law, What: rec.name, NFE: 64}
			q.Distance, q.DistanceSE = seedSE(dist)
			q.Gap, q.GapSE = seedSE(gap)
			r.Trained.Models = append(r.Trained.Models, q)
			a.row(q.What, fmt.Sprintf("%.4f ± %.4f", q.Distance, q.DistanceSE), fmt.Sprintf("%.4f ± %.4f", q.Gap, q.GapSE))
		}
		if law == "checkerboard" {
			board = d
		}
	}
	if err := a.benchPredictors(ctx, board, kept, r.Trained); err != nil {
		return err
	}
	return a.benchEncodings(ctx, o, board, r.Trained)
}

// seedSE is the mean over seeds and its standard error, by n-1.
func seedSE(v []float64) (mean, se float64) {
	mean, se = meanSE(v)
	return mean, se * math.Sqrt(float64(len(v))/float64(len(v)-1))
}

// benchPredictors compares samplers at equal numbers of evaluations, on the
// same models.
func (a *app) benchPredictors(ctx context.Context, d *toyData, models map[string][]*nn.Model, part *trainedPart) error {
	settings := []methodFlags{
		{samplerName: "reverse"}, {samplerName: "ancestral"}, {samplerName: "ancestral", variance: "posterior"}, {samplerName: "euler"}, {samplerName: "pf-euler"},
		{samplerName: "reverse", corrector: "langevin"}, {samplerName: "ancestral", corrector: "langevin"}, {samplerName: "none", corrector: "langevin"},
		{samplerName: "dpmpp2m-sde"}, {samplerName: "dpmpp2m"}, {samplerName: "heun"},
	}
	budgets := []int{32, 64, 256}
	for _, name := range []string{"VP", "VE", "sub-VP"} {
		a.heading(fmt.Sprintf("checkerboard, %s: distance by sampler at equal evaluations, and in brackets its excess over the first's at the same seeds", name), "sampler", "32", "64", "256")
		first := map[int][]float64{}
		for _, f := range settings {
			if name == "sub-VP" && f.samplerName == "ancestral" && f.variance == "" {
				continue // there is no such step
			}
			cells := []string{f.label()}
			for _, nfe := range budgets {
				v, excess := make([]float64, len(models[name])), make([]float64, len(models[name]))
				for s, m := range models[name] {
					var err error
					if v[s], err = d.distance(ctx, m, f, nfe, uint64(s), a.workers); err != nil {
						return fmt.Errorf("%s, %s: %w", name, f.label(), err)
					}
				}
				if first[nfe] == nil {
					first[nfe] = v
				}
				for s := range v {
					excess[s] = v[s] - first[nfe][s]
				}
				q := quality{Law: "checkerboard", What: name + ", " + f.label(), NFE: nfe}
				q.Distance, q.DistanceSE = seedSE(v)
				q.Excess, q.ExcessSE = seedSE(excess)
				part.Samplers = append(part.Samplers, q)
				cells = append(cells, fmt.Sprintf("%.4f ± %.4f (%+.4f ± %.4f)", q.Distance, q.DistanceSE, q.Excess, q.ExcessSE))
			}
			a.row(cells...)
		}
	}
	return nil
}

// columnMoments are the mean and the variance of each column.
func columnMoments(x *mat.Dense) (mean, variance []float64) {
	n, d := x.Dims()
	col := make([]float64, n)
	for j := range d {
		m, v := stat.PopMeanVariance(mat.Col(col, j, x), nil)
		mean, variance = append(mean, m), append(variance, v)
	}
	return mean, variance
}
