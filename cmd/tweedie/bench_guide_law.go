package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/spf13/pflag"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// modesFlags are the settings of bench guide --problems.
type modesFlags struct {
	problems     string
	count        int
	rows, steps  int
	observations []int
	remedies     bool
	all          bool
	trained      bool
	trainSteps   int
	json         bool
}

const modesName = "mixture25"

func (o *modesFlags) define(f *pflag.FlagSet) {
	f.StringVar(&o.problems, "problems", "", modesName+": measure how far guided rows are from exact ones, not speed")
	f.IntVar(&o.count, "count", 20, "problems for each number of observations, with --problems")
	f.IntSliceVar(&o.observations, "observations", []int{1, 2, 4}, "numbers observed, up to 8, with --problems")
	f.BoolVar(&o.remedies, "remedies", false, "with --problems, measure what mends MMPS as well: recurrence, a corrector, its curvature, particles")
	f.BoolVar(&o.all, "all", false, "with --problems, measure the methods that need no gradient and the particle methods as well")
	f.BoolVar(&o.trained, "trained", false, "with --problems, one prior for all, and everything with a network trained on draws of it as well")
	f.IntVar(&o.trainSteps, "train-steps", 10000, "steps of training, with --trained")
}

// check refuses what the other kind of measurement has for settings.
func (o *modesFlags) check(given func(flag string) bool) error {
	if o.problems == "" {
		for _, f := range []string{"count", "observations", "remedies", "all", "trained", "train-steps"} {
			if given(f) {
				return badUsage("--%s is a setting of --problems %s: give that too", f, modesName)
			}
		}
		return nil
	}
	if o.problems != modesName {
		return badUsage("--problems %q: there is %s", o.problems, modesName)
	}
	for _, f := range []string{"dim", "hidden", "layers", "film", "seconds", "scaling", "cpuprofile", "sampler", "guide"} {
		if given(f) {
			return badUsage("--%s is a setting of the measurement of speed, not of --problems", f)
		}
	}
	if given("train-steps") && !o.trained {
		return badUsage("--train-steps is a setting of --trained: give that too")
	}
	for _, m := range o.observations {
		if m < 1 || m > modesDim {
			return badUsage("--observations %d: give 1 to %d", m, modesDim)
		}
	}
	for _, e := range []error{between("count", o.count, 1, maxSteps), between("rows", o.rows, 2, maxSteps), between("nfe", o.steps, 2, maxNFE), between("train-steps", o.trainSteps, 1, maxSteps)} {
		if e != nil {
			return e
		}
	}
	return nil
}

const (
	modesDim    = 8
	projections = 100
)

// modesReport is what bench guide --problems prints.
type modesReport struct {
	Bench    string     `json:"bench"`
	Problems int        `json:"problems"`
	Dim      int        `json:"dim"`
	Rows     int        `json:"rows"`
	Steps    int        `json:"steps"`
	Seed     uint64     `json:"seed"`
	Results  []modesRow `json:"results"`

	TrainSteps int          `json:"train_steps,omitempty"`
	Errors     []modesError `json:"score_errors,omitempty"`
}

// modesRow is the sliced 1-Wasserstein distance of a method to exact draws, over
// the problems.
type modesRow struct {
	Observations int       `json:"observations"`
	Method       string    `json:"method"`
	NFE          float64   `json:"nfe"` // denoiser evaluations of a row
	Mean         float64   `json:"mean"`
	Median       float64   `json:"median"`
	SE           float64   `json:"standard_error"`
	Each         []float64 `json:"each"`             // problem by problem
	Failed       int       `json:"failed,omitempty"` // problems that stopped with an error, not in the above
}

func (a *app) benchModes(ctx context.Context, o *modesFlags) error {
	r := &modesReport{Bench: "guide/" + modesName, Problems: o.count, Dim: modesDim, Rows: o.rows, Steps: o.steps, Seed: a.seed}
	key := stream.NewKey(a.seed, "bench/"+modesName)
	learned, err := a.learnModes(ctx, o, key, r)
	if err != nil {
		return err
	}
	for _, m := range o.observations {
		var rows []modesRow
		for k := range o.count {
			at := key.At(uint64(m)).At(uint64(k))
			p, err := newModesProblem(modesDim, m, at, learned.law())
			if err != nil {
				return err
			}
			one := modesRun{problem: p, flags: o, workers: a.workers, seed: stream.NewSource(at.At(0)).Uint64()}
			if err := one.all(ctx, learned); err != nil {
				return fmt.Errorf("%d observations, problem %d: %w", m, k+1, err)
			}
			if rows == nil {
				rows = one.rows
				continue
			}
			for i := range rows {
				rows[i].Each = append(rows[i].Each, one.rows[i].Each...)
				rows[i].Failed += one.rows[i].Failed
			}
		}
		for _, row := range rows {
			row.Observations = m
			row.summarise()
			r.Results = append(r.Results, row)
		}
	}
	return a.printModes(r, o.json)
}

func (r *modesRow) summarise() {
	if len(r.Each) == 0 {
		return
	}
	sorted := slices.Clone(r.Each)
	slices.Sort(sorted)
	r.Median = quantile(sorted, 0.5)
	r.Mean, r.SE = meanSE(r.Each)
}

// modesRun is one problem under all methods.
type modesRun struct {
	problem *modesProblem
	flags   *modesFlags
	workers int
	seed    uint64
	ref     *mat.Dense // exact draws
	rows    []modesRow
}

// law draws from a law in closed form.
func (r *modesRun) law(l sde.Law, seed uint64) *mat.Dense {
	x := mat.NewDense(r.flags.rows, modesDim, nil)
	l.Sample(x, seed, 0)
	return x
}

func (r *modesRun) add(method string, nfe float64, x *mat.Dense) {
	d := metrics.SlicedWasserstein(x, r.ref, projections, r.seed)
	r.rows = append(r.rows, modesRow{Method: method, NFE: nfe, Each: []float64{d}})
}

// modesMethod is a guide under a method.
type modesMethod struct {
	name string
	term guide.Term
	m    sample.Method
}

// all measures floor and prior first, always: a method is as good as what it
// leaves of the way between them.
func (r *modesRun) all(ctx context.Context, learned *modesModel) error {
	p := r.problem
	r.ref = r.law(p.post, r.seed+1)
	r.add("floor: exact draws", 0, r.law(p.post, r.seed+2))
	r.add("prior: do nothing", 0, r.law(p.prior, r.seed+3))
	if err := r.methods(ctx, p.prior, ""); err != nil || learned == nil {
		return err
	}
	return r.methods(ctx, learned.net, ", trained")
}

// methods measures what the flags ask for on a model of the prior.
func (r *modesRun) methods(ctx context.Context, model sde.Differentiable, suffix string) error {
	obs := r.problem.obs
	ancestral, mmps := sample.DDIM{Eta: 1}, guide.MMPS{Observation: obs}
	runs := []modesMethod{
		{"DPS, norm form, ζ = 1", guide.DPSNorm{Observation: obs, Zeta: float64(r.flags.steps) / span(modesSchedule)}, ancestral},
		{"ΠGDM, τ² = 1", guide.PiGDM{Observation: obs, DataVariance: 1}, ancestral},
		{"ΠGDM, τ² of the data", guide.PiGDM{Observation: obs}, ancestral},
		{"MMPS", mmps, ancestral},
	}
	if r.flags.remedies {
		pc := sample.PredictorCorrector{Predictor: ancestral}
		curved := guide.MMPS{Observation: obs, Curvature: true}
		runs = append(runs, []modesMethod{
			{"MMPS, Langevin corrector", mmps, pc},
			{"MMPS, recurrence 1", mmps, sample.Recurrence{Inner: ancestral, Times: 1}},
			{"MMPS, recurrence 5", mmps, sample.Recurrence{Inner: ancestral, Times: 5}},
			{"MMPS, recurrence 20", mmps, sample.Recurrence{Inner: ancestral, Times: 20}},
			{"MMPS, curvature", curved, ancestral},
			{"MMPS, curvature, recurrence 5", curved, sample.Recurrence{Inner: ancestral, Times: 5}},
			{"MMPS, curvature, recurrence 20", curved, sample.Recurrence{Inner: ancestral, Times: 20}},
		}...)
	}
	for _, c := range runs {
		res, err := sample.Run(ctx, guide.New(model, c.term), c.m, r.flags.rows, r.options())
		if err != nil && suffix != "" && ctx.Err() == nil {
			r.rows = append(r.rows, modesRow{Method: c.name + suffix, Failed: 1}) // a learned prior lets rows go to infinity
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		r.add(c.name+suffix, res.NFE, res.X)
	}
	if r.flags.all {
		if err := r.plain(ctx, model, suffix); err != nil {
			return err
		}
	}
	if r.flags.all || r.flags.remedies || r.flags.trained {
		return r.particles(ctx, model, suffix)
	}
	return nil
}

func (r *modesRun) options() *sample.Options {
	return &sample.Options{Steps: r.flags.steps, Seed: r.seed + 4, Workers: r.workers, Denoise: true}
}

// cell is the row in words.
func (r modesRow) cell() string {
	s := fmt.Sprintf("%.2f ± %.2f (%.2f)", r.Mean, r.SE, r.Median)
	if r.Mean > 1000 {
		s = fmt.Sprintf("%.0e (%.2g)", r.Mean, r.Median)
	}
	if r.Failed > 0 {
		s += fmt.Sprintf(", %d failed", r.Failed)
	}
	return s
}

func (a *app) printModes(r *modesReport, asJSON bool) error {
	if asJSON {
		b, err := json.Marshal(r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", b)
		return err
	}
	w := tabwriter.NewWriter(a.stdout, 0, 8, 2, ' ', 0)
	r.printErrors(w)
	fmt.Fprintf(w, "sliced 1-Wasserstein distance to exact draws, mean ± standard error (median) over %d problems: %d rows, %d steps\n", r.Problems, r.Rows, r.Steps)
	var of []int
	var methods []string
	cells, nfe := map[string]string{}, map[string]float64{}
	for _, row := range r.Results {
		if !slices.Contains(of, row.Observations) {
			of = append(of, row.Observations)
		}
		if !slices.Contains(methods, row.Method) {
			methods = append(methods, row.Method)
		}
		nfe[row.Method] = max(nfe[row.Method], row.NFE)
		cells[fmt.Sprint(row.Method, row.Observations)] = row.cell()
	}
	fmt.Fprint(w, "method\tNFE")
	for _, m := range of {
		fmt.Fprintf(w, "\tm = %d", m)
	}
	fmt.Fprintln(w)
	for _, method := range methods {
		fmt.Fprintf(w, "%s\t%.0f", method, math.Round(nfe[method]))
		for _, m := range of {
			fmt.Fprintf(w, "\t%s", cells[fmt.Sprint(method, m)])
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
