package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/toy"
	"tweedie/train"
)

// source is the data of a training run.
type source struct {
	name    string
	digest  string // SHA-256 of the file
	table   *datasets.Table
	encoder *datasets.Encoder
	law     *toy.Law // nil for a file
}

const toyPrefix = "toy:"

// openSource reads the data that --data names. A toy law becomes a table of
// rows drawn from it.
func openSource(name string, labels []string, rows int, seed uint64) (*source, error) {
	if law, ok := strings.CutPrefix(name, toyPrefix); ok {
		return toySource(law, labels, rows, seed)
	}
	t, err := datasets.OpenCSV(name, &datasets.Options{Labels: labels})
	if err != nil {
		return nil, err
	}
	s := &source{name: name, table: t}
	if s.digest, err = fileDigest(name); err != nil {
		return nil, err
	}
	return s, s.encode()
}

// toyLabel is the label column of a toy law: the class of a row, as which of
// the eight Gaussians it is from.
const toyLabel = "class"

func toySource(name string, labels []string, rows int, seed uint64) (*source, error) {
	law, err := toy.Lookup(name)
	if err != nil {
		return nil, usage{err}
	}
	x := mat.NewDense(rows, 2, nil)
	law.Sample(x, seed, 0)
	t, err := datasets.FromDense(toyPrefix+name, law.Columns(), x)
	if err != nil {
		return nil, err
	}
	for _, l := range labels {
		if l != toyLabel || len(labels) > 1 {
			return nil, badUsage("--condition %s: a toy law has one label column, %s", strings.Join(labels, ","), toyLabel)
		}
		if t, err = datasets.NewTable(t.Source, append(t.Columns, toyClasses(law, rows, seed))); err != nil {
			return nil, err
		}
	}
	s := &source{name: toyPrefix + name, table: t, law: &law}
	return s, s.encode()
}

func toyClasses(law toy.Law, rows int, seed uint64) datasets.Column {
	c := datasets.Column{Name: toyLabel, Kind: datasets.Label, Values: make([]float64, rows)}
	law.Labels(c.Values, seed, 0)
	for k := range law.Classes() {
		c.Levels = append(c.Levels, strconv.Itoa(k))
	}
	return c
}

func (s *source) encode() error {
	schema, err := datasets.NewSchema(s.table)
	if err != nil {
		return err
	}
	s.encoder = datasets.NewEncoder(schema)
	return nil
}

// encodeTable returns the rows and the labels of a table as a model sees them.
func encodeTable(e *datasets.Encoder, t *datasets.Table) (train.Data, error) {
	n := t.Rows()
	if n == 0 {
		return train.Data{}, nil
	}
	d := train.Data{X: mat.NewDense(n, e.Dim(), nil)}
	if err := e.Encode(d.X, t); err != nil {
		return d, err
	}
	if k := len(e.Schema().Labels()); k > 0 {
		d.Cond = mat.NewDense(n, k, nil)
		return d, e.Conditions(d.Cond, t)
	}
	return d, nil
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// splitToy takes toy:NAME:ROWS apart; ROWS defaults to 10000.
func splitToy(s string) (name string, rows int, err error) {
	name, count, given := strings.Cut(strings.TrimPrefix(s, toyPrefix), ":")
	if !given {
		return name, 10000, nil
	}
	if rows, err = strconv.Atoi(count); err != nil || rows < 2 || rows > maxToyRows {
		return "", 0, badUsage("%s: %q is no number of rows: give one from 2 to %d", s, count, maxToyRows)
	}
	return name, rows, nil
}
