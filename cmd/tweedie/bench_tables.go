package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"tweedie/datasets"
	"tweedie/datasets/evaluate"
	"tweedie/internal/atomicfile"
	"tweedie/internal/stream"
)

// tableSet is a table that the field measures itself on.
type tableSet struct {
	name, target string
	types        []string // what is not found by itself
	test         bool     // has a test file of its own, NAME_test.csv
}

var tableSets = []tableSet{
	{name: "iris", target: "species"},
	{name: "wine", target: "class", types: []string{"class=categorical"}},
	{name: "breast_cancer", target: "diagnosis"},
	{name: "concrete", target: "strength"},
	{name: "insurance", target: "charges"},
	{name: "abalone", target: "rings"},
	{name: "california", target: "MedHouseVal"},
	{name: "penguins", target: "species"},
	{name: "titanic", target: "survived"},
	{name: "pima_diabetes", target: "outcome"},
	{name: "adult", target: "income", test: true},
}

type benchTablesFlags struct {
	dir, out    string
	sets        []string
	seeds, rows int
	train, draw string
	json        bool
}

func (a *app) benchTablesCommand() *cobra.Command {
	var o benchTablesFlags
	c := &cobra.Command{
		Use:   "tables --data FOLDER --out FOLDER",
		Short: "Train on tables, draw rows and evaluate them, beside baselines",
		Long: `For each table and seed: split off a test fifth (stratified by the target where
it is a category; adult has a test file of its own), train on the rest, draw as
many rows, and evaluate them. The model, the rows and the report of each run are
kept in the folder of --out; a table of means over the seeds is printed. All
settings are the defaults, which depend on the size of a table only, unless
--train or --sample give others.`,
		Example: `  tweedie bench tables --data uci --sets iris,wine --out runs`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.benchTables(c.Context(), &o) },
	}
	names := make([]string, len(tableSets))
	for i, s := range tableSets {
		names[i] = s.name
	}
	f := c.Flags()
	f.StringVar(&o.dir, "data", "", "folder of the CSV files, named as the sets")
	f.StringVar(&o.out, "out", "", "folder to write into, made if need be")
	f.StringSliceVar(&o.sets, "sets", names, "sets, separated by commas")
	f.IntVar(&o.seeds, "seeds", 3, "splits and seeds for each set")
	f.IntVar(&o.rows, "cut", 0, "keep only so many training rows")
	f.StringVar(&o.train, "train", "", "more flags of train, as \"--steps 500\"")
	f.StringVar(&o.draw, "sample", "", "more flags of sample")
	f.BoolVar(&o.json, "json", false, "write one JSON object")
	return c
}

// tableRun is the outcome of one table under one seed.
type tableRun struct {
	Set     string           `json:"set"`
	Seed    uint64           `json:"seed"`
	Rows    int              `json:"rows"`
	Seconds float64          `json:"training_seconds"`
	Draw    float64          `json:"sampling_seconds"`
	Report  *evaluate.Report `json:"report"`
}

func (a *app) benchTables(ctx context.Context, o *benchTablesFlags) error {
	if o.dir == "" || o.out == "" {
		return badUsage("bench tables needs --data and --out; see tweedie bench tables --help")
	}
	if err := between("seeds", o.seeds, 1, 100); err != nil {
		return err
	}
	var runs []tableRun
	for _, name := range o.sets {
		at := slices.IndexFunc(tableSets, func(s tableSet) bool { return s.name == name })
		if at < 0 {
			return badUsage("--sets %s: unknown", name)
		}
		for seed := range o.seeds {
			r, err := a.benchTable(ctx, o, &tableSets[at], uint64(seed))
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", name, seed, err)
			}
			runs = append(runs, *r)
		}
	}
	if o.json {
		e := json.NewEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(runs)
	}
	return a.printTableRuns(runs)
}

// benchTable does one run, by the commands themselves.
func (a *app) benchTable(ctx context.Context, o *benchTablesFlags, s *tableSet, seed uint64) (*tableRun, error) {
	dir := filepath.Join(o.out, fmt.Sprintf("%s-%d", s.name, seed))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("cannot make the folder %s: %w; name another one with --out", dir, err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	rows, meta, err := s.split(o, dir, seed)
	if err != nil {
		return nil, err
	}
	r := &tableRun{Set: s.name, Seed: seed, Rows: rows}
	b := *a
	b.seed = seed
	start := time.Now()
	t := b.trainCommand()
	args := []string{"--data", file("train.csv"), "--metadata", meta, "--out", file("model.safetensors")}
	if err := b.sub(ctx, t, append(args, strings.Fields(o.train)...)); err != nil {
		return nil, err
	}
	r.Seconds = time.Since(start).Seconds()
	start = time.Now()
	args = []string{"--model", file("model.safetensors"), "--rows", fmt.Sprint(rows), "--out", file("synthetic.csv")}
	if err := b.sub(ctx, b.sampleCommand(), append(args, strings.Fields(o.draw)...)); err != nil {
		return nil, err
	}
	r.Draw = time.Since(start).Seconds()
	r.Report, err = b.evaluated(ctx, &evaluateFlags{real: file("train.csv"), synthetic: file("synthetic.csv"), holdout: file("test.csv"), metadata: meta, target: s.target})
	if err != nil {
		return nil, err
	}
	e, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	return r, writeFile(file("report.json"), append(e, '\n'))
}

// sub runs a command as this one was run: its seed, workers and log.
func (a *app) sub(ctx context.Context, c interface {
	ParseFlags([]string) error
	Flags() *pflag.FlagSet
}, args []string) error {
	if err := c.ParseFlags(args); err != nil {
		return usage{err}
	}
	cmd := c.(*cobra.Command)
	cmd.SetContext(ctx)
	return cmd.RunE(cmd, nil)
}

// split writes train.csv, test.csv and meta.json.
func (s *tableSet) split(o *benchTablesFlags, dir string, seed uint64) (rows int, meta string, err error) {
	t := tableFlags{types: s.types}
	all, err := t.readTable(filepath.Join(o.dir, s.name+".csv"), nil)
	if err != nil {
		return 0, "", err
	}
	m := all.Metadata()
	train, test := all, (*datasets.Cells)(nil)
	if s.test {
		src, err := datasets.OpenTable(filepath.Join(o.dir, s.name+"_test.csv"))
		if err != nil {
			return 0, "", err
		}
		if test, err = datasets.ReadCells(src, m); err != nil {
			return 0, "", err
		}
	} else {
		tr, te := stratified(all, s.target, seed)
		train, test = all.Subset(tr), all.Subset(te)
	}
	if o.rows > 0 && o.rows < train.Rows() {
		idx := make([]int, o.rows)
		for i := range idx {
			idx[i] = i * train.Rows() / o.rows
		}
		train = train.Subset(idx)
	}
	for name, c := range map[string]*datasets.Cells{"train.csv": train, "test.csv": test} {
		if err := writeCells(filepath.Join(dir, name), c); err != nil {
			return 0, "", err
		}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, "", err
	}
	meta = filepath.Join(dir, "meta.json")
	return train.Rows(), meta, writeFile(meta, b)
}

func writeCells(path string, c *datasets.Cells) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	w := datasets.NewCSVCells(f, c.Metadata(), 0)
	if err := w.Write(c); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Commit()
}

// stratified splits rows 4 : 1 at random, within each level of the target if it
// is a category.
func stratified(c *datasets.Cells, target string, seed uint64) (train, test []int) {
	m := c.Metadata()
	j := slices.IndexFunc(m.Columns, func(f datasets.Field) bool { return f.Name == target })
	groups := map[int][]int{}
	for i := range c.Rows() {
		g := 0
		if len(m.Columns[j].Levels) > 0 {
			g = c.Level(i, j)
		}
		groups[g] = append(groups[g], i)
	}
	rng := stream.New(seed, "bench/split")
	for g := -1; g < max(1, len(m.Columns[j].Levels)); g++ {
		idx := groups[g]
		rng.Shuffle(len(idx), func(a, b int) { idx[a], idx[b] = idx[b], idx[a] })
		n := int(math.Round(0.2 * float64(len(idx))))
		test, train = append(test, idx[:n]...), append(train, idx[n:]...)
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test
}

// printTableRuns prints means over the seeds.
func (a *app) printTableRuns(runs []tableRun) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "set\trows\ttraining s\tshape\ttrends\tstrong\tdetection\tbest floor\treal rows\tprediction\tof real\tW1 train\tW1 test\tof real\tcoverage test\tcloser to train\tcopies")
	for i := 0; i < len(runs); {
		k := i
		for k < len(runs) && runs[k].Set == runs[i].Set {
			k++
		}
		group := runs[i:k]
		mean := func(f func(r *evaluate.Report) float64) string {
			sum := 0.0
			for _, r := range group {
				sum += f(r.Report) / float64(len(group))
			}
			return fmt.Sprintf("%.3f", sum)
		}
		seconds := 0.0
		for _, r := range group {
			seconds += r.Seconds / float64(len(group))
		}
		fmt.Fprintf(w, "%s\t%d\t%.0f", group[0].Set, group[0].Rows, seconds)
		for _, f := range tableColumns {
			fmt.Fprint(w, "\t", mean(f))
		}
		fmt.Fprintln(w)
		i = k
	}
	return w.Flush()
}

// tableColumns are the numbers of a report that are printed.
var tableColumns = []func(r *evaluate.Report) float64{
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.Shape) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.Trend) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.TrendStrong) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.Detection) },
	func(r *evaluate.Report) float64 {
		return max(float64(r.Floors.Independent.Detection), float64(r.Floors.Copula.Detection), float64(r.Floors.Mixture.Detection))
	},
	func(r *evaluate.Report) float64 { return float64(r.Floors.Real.Detection) },
	func(r *evaluate.Report) float64 { return utility(r.Synthetic.Utility) },
	func(r *evaluate.Report) float64 { return utility(r.Floors.Real.Utility) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.WassersteinTrain.Distance) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.WassersteinHoldout.Distance) },
	func(r *evaluate.Report) float64 { return float64(r.Floors.Real.WassersteinHoldout.Distance) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.CoverageHoldout.Share) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.Privacy.Closer) },
	func(r *evaluate.Report) float64 { return float64(r.Synthetic.Privacy.Copies) },
}

// utility is macro F1 or R².
func utility(u evaluate.Utility) float64 {
	if u.Task == "number" {
		return float64(u.R2)
	}
	return float64(u.F1)
}
