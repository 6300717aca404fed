package simulators

import (
	"bufio"
	"compress/bzip2"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Benchmark is an observation of the benchmark, from a folder of its files.
type Benchmark struct {
	Theta     []float64  // that x was simulated with
	X         []float64  // the observation
	Reference *mat.Dense // 10,000 draws of the posterior, where they were asked for
}

// ReadObservation reads observation n of a task from a folder that has the files of the
// benchmark as TASK/num_observation_N/ or, as its source tree does,
// TASK/files/num_observation_N/: observation.csv, true_parameters.csv and, if reference,
// reference_posterior_samples.csv.bz2. The distractors of slcp_distractors are not those
// of the benchmark, so for that task it errs.
func ReadObservation(folder string, t Task, n int, reference bool) (*Benchmark, error) {
	task, file := t.Name(), "observation.csv"
	switch task {
	case "slcp_distractors":
		return nil, fmt.Errorf("the distractors of %s are not those of the benchmark: simulate an observation", task)
	case "bernoulli_glm_raw":
		task, file = "bernoulli_glm", "observation_raw.csv"
	}
	dir := filepath.Join(folder, task, "num_observation_"+strconv.Itoa(n))
	if _, err := os.Stat(dir); err != nil {
		tree := filepath.Join(folder, task, "files", "num_observation_"+strconv.Itoa(n))
		if _, err := os.Stat(tree); err != nil {
			return nil, fmt.Errorf("%s: no such folder: give one that has the files of the benchmark", dir)
		}
		dir = tree
	}
	d, w := t.Dims()
	b := &Benchmark{}
	for _, f := range []struct {
		name  string
		width int
		row   *[]float64
	}{{file, w, &b.X}, {"true_parameters.csv", d, &b.Theta}} {
		m, err := readNumbers(filepath.Join(dir, f.name), f.width)
		if err != nil {
			return nil, err
		}
		*f.row = m.RawRowView(0)
	}
	if !reference {
		return b, nil
	}
	var err error
	b.Reference, err = readNumbers(filepath.Join(dir, "reference_posterior_samples.csv.bz2"), d)
	return b, err
}

// readNumbers reads a CSV file of numbers below a header, compressed if it ends in .bz2.
func readNumbers(path string, width int) (*mat.Dense, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(path, ".bz2") {
		in = bzip2.NewReader(in)
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord = width
	if _, err := r.Read(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var numbers []float64
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for _, cell := range record {
			v, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
			if err != nil {
				return nil, fmt.Errorf("%s: row %d: %q is not a number", path, len(numbers)/width+1, cell)
			}
			numbers = append(numbers, v)
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%s: a header without rows", path)
	}
	return mat.NewDense(len(numbers)/width, width, numbers), nil
}
