package sbi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/prior"
	"tweedie/internal/atomicfile"
)

// A folder of rounds has theta1.csv, x1.csv and model1.safetensors of round 1, those of the
// other rounds, and rounds.json, which says what they are of.
const roundsFile = "rounds.json"

// setting is what all rounds of a folder have in common.
type setting struct {
	Simulator   string        `json:"simulator"`
	Prior       []prior.Entry `json:"prior"`
	X           []string      `json:"x"`
	Observation []float64     `json:"observation"`
	Rows        int           `json:"rows"`
	Epsilon     float64       `json:"epsilon"`
	Seed        uint64        `json:"seed"`
	Steps       int           `json:"steps,omitempty"` // those of Options, 0 for the automatic ones
	Batch       int           `json:"batch,omitempty"`
	// Run is RoundsOptions.SimulatorBatch.
	Run int `json:"simulator_batch,omitempty"`
}

// path is that of a file of round k, "" without a folder.
func (r *rounds) path(what string, k int) string {
	if r.o.Folder == "" {
		return ""
	}
	ending := ".csv"
	if what == "model" {
		ending = ".safetensors"
	}
	return filepath.Join(r.o.Folder, fmt.Sprintf("%s%d%s", what, k+1, ending))
}

// openFolder makes the folder, or errs if it is of other rounds.
func (r *rounds) openFolder() error {
	if r.o.Folder == "" {
		return nil
	}
	now, err := json.MarshalIndent(setting{
		r.o.Simulator, r.o.Fit.Prior.Entries(), r.o.XNames, r.x.RawRowView(0), r.o.Rows, r.o.Epsilon, r.o.Fit.Seed,
		r.o.Fit.Steps, r.o.Fit.Batch, r.o.SimulatorBatch,
	}, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(r.o.Folder, roundsFile)
	then, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(r.o.Folder, 0o777); err != nil {
			return err
		}
		f, err := atomicfile.Create(path)
		if err != nil {
			return err
		}
		defer f.Abort()
		if _, err := f.Write(append(now, '\n')); err != nil {
			return err
		}
		return f.Commit()
	}
	if err != nil {
		return err
	}
	var a, b map[string]any
	if err := errors.Join(json.Unmarshal(now, &a), json.Unmarshal(then, &b)); err != nil {
		return fmt.Errorf("%s: cannot be read: %w; give another folder", path, err)
	}
	for _, key := range []string{"simulator", "prior", "x", "observation", "rows", "epsilon", "seed", "steps", "batch", "simulator_batch"} {
		if !reflect.DeepEqual(a[key], b[key]) {
			return fmt.Errorf("%s: its rounds are of another %s: give the same, or another folder", path, strings.ReplaceAll(key, "_", " "))
		}
	}
	return nil
}

// readSimulations reads those of round k, and tells whether they are there.
func (r *rounds) readSimulations(k int) (bool, error) {
	if r.o.Folder == "" {
		return false, nil
	}
	if _, err := os.Stat(r.path("x", k)); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	var list [2]*mat.Dense
	for i, what := range []string{"theta", "x"} {
		src, err := datasets.OpenTable(r.path(what, k))
		if err != nil {
			return false, err
		}
		names := r.o.XNames
		read := datasets.ReadNumbersWithGaps
		if what == "theta" {
			names, read = r.o.Fit.Prior.Names(), datasets.ReadNumbers
		}
		if _, list[i], err = read(datasets.Columns(src, names)); err != nil {
			return false, err
		}
		if n, _ := list[i].Dims(); n != r.o.Rows {
			return false, fmt.Errorf("%s has %d rows, and a round has %d: give another folder", r.path(what, k), n, r.o.Rows)
		}
	}
	r.theta, r.y = append(r.theta, list[0]), append(r.y, list[1])
	return true, nil
}

// writeSimulations keeps those of round k, the data last: with them the round is simulated.
func (r *rounds) writeSimulations(k int) error {
	if r.o.Folder == "" {
		return nil
	}
	if err := datasets.WriteTable(r.path("theta", k), datasets.NumberTable(r.o.Fit.Prior.Names(), r.theta[k])); err != nil {
		return err
	}
	return datasets.WriteTable(r.path("x", k), datasets.NumberTable(r.o.XNames, r.y[k]))
}

// readModel reads that of round k, and tells whether it is there.
func (r *rounds) readModel(k int, rep *Round) (bool, error) {
	m, err := Load(r.path("model", k))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.models = append(r.models, m)
	rep.Method = "kept"
	rep.Rows, rep.LogScore = m.summary.Rows, m.summary.LogScore
	if m.rounds != nil {
		rep.Mass = m.rounds.Mass
	}
	return true, nil
}

func (r *rounds) writeModel(k int) error {
	if r.o.Folder == "" {
		return nil
	}
	return r.models[k].Save(r.path("model", k))
}
