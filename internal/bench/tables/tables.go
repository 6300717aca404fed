// Package tables trains a model on tables of the field, draws rows from it, and
// evaluates them beside baselines. docs/measurements/tables.md shows the results.
package tables

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tweedie/datasets"
	"tweedie/datasets/evaluate"
)

// set is a table of the field, in the file name.csv.
type set struct {
	name, target string
	types        map[string]datasets.Type // of columns that inference gets wrong
	test         bool                     // has a test file of its own, name_test.csv
}

func sets() []set {
	return []set{
		{name: "iris", target: "species"},
		{name: "wine", target: "class", types: map[string]datasets.Type{"class": datasets.TypeCategorical}},
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
}

// Names are the names of the tables.
func Names() []string {
	var names []string
	for _, s := range sets() {
		names = append(names, s.name)
	}
	return names
}

// Options are the settings of the runs.
type Options struct {
	Data  string   // folder of the CSV files, named as the tables
	Out   string   // folder for the files of each run, made if need be
	Sets  []string // among Names
	Seeds int      // splits and seeds for each table
	Cut   int      // keep only so many training rows; 0 means all

	// Train trains a model on f.Train and f.Metadata, and writes it to f.Model.
	Train func(ctx context.Context, f Files, seed uint64) error
	// Sample draws rows from f.Model and writes them to f.Synthetic.
	Sample func(ctx context.Context, f Files, rows int, seed uint64) error
	// Evaluate compares f.Train with f.Synthetic, beside f.Test, with the help of the
	// column target.
	Evaluate func(ctx context.Context, f Files, target string, seed uint64) (*evaluate.Report, error)
	Clock    func() time.Time // as a rule time.Now
}

// Files are those of one run.
type Files struct {
	Train, Test, Metadata, Model, Synthetic, Report string
}

func (o *Options) files(name string, seed uint64) (Files, error) {
	dir := filepath.Join(o.Out, fmt.Sprintf("%s-%d", name, seed))
	in := func(name string) string { return filepath.Join(dir, name) }
	f := Files{in("train.csv"), in("test.csv"), in("meta.json"), in("model.safetensors"), in("synthetic.csv"), in("report.json")}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return f, fmt.Errorf("cannot make the folder %s: %w", dir, err)
	}
	return f, nil
}

// Run is the outcome of one table with one seed.
type Run struct {
	Set     string           `json:"set"`
	Seed    uint64           `json:"seed"`
	Rows    int              `json:"rows"`
	Seconds float64          `json:"training_seconds"`
	Draw    float64          `json:"sampling_seconds"`
	Report  *evaluate.Report `json:"report"`
}

// Measure does all runs, for each table those of its seeds. A run sets test rows apart,
// trains on the others, draws as many rows, and evaluates them. Its files stay in a
// folder of Out.
func Measure(ctx context.Context, o *Options) ([]Run, error) {
	if o.Seeds < 1 || o.Cut < 0 {
		return nil, fmt.Errorf("tables: %d seeds, at most %d rows: too few", o.Seeds, o.Cut)
	}
	var runs []Run
	for _, name := range o.Sets {
		at := slices.IndexFunc(sets(), func(s set) bool { return s.name == name })
		if at < 0 {
			return nil, fmt.Errorf("tables: unknown table %q", name)
		}
		for seed := range o.Seeds {
			r, err := o.run(ctx, sets()[at], uint64(seed))
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", name, seed, err)
			}
			runs = append(runs, *r)
		}
	}
	return runs, nil
}

func (o *Options) run(ctx context.Context, s set, seed uint64) (*Run, error) {
	f, err := o.files(s.name, seed)
	if err != nil {
		return nil, err
	}
	rows, err := o.split(s, f, seed)
	if err != nil {
		return nil, err
	}
	r := &Run{Set: s.name, Seed: seed, Rows: rows}
	start := o.Clock()
	if err := o.Train(ctx, f, seed); err != nil {
		return nil, err
	}
	trained := o.Clock()
	if err := o.Sample(ctx, f, rows, seed); err != nil {
		return nil, err
	}
	r.Seconds, r.Draw = trained.Sub(start).Seconds(), o.Clock().Sub(trained).Seconds()
	if r.Report, err = o.Evaluate(ctx, f, s.target, seed); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(f.Report, append(b, '\n'), 0o666)
}
