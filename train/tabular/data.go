package tabular

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"tweedie/datasets"
)

// TrainingData are the rows that a model is trained on.
type TrainingData struct {
	Name   string // of the file or law, for provenance
	Digest string // SHA-256 of the file, for provenance; may be empty
	Cells  *datasets.Cells
	Codec  *datasets.Codec
	Open   bool // numbers may leave the range that was seen: rows of a law, not of a table
}

// fitOptions returns the options of an encoding.
func fitOptions(encoding string) (*datasets.FitOptions, error) {
	switch encoding {
	case "quantile":
		return &datasets.FitOptions{SmallTable: -1}, nil
	case "standard":
		return &datasets.FitOptions{Knots: -1, KeepAtoms: true}, nil
	case "", "auto":
		return &datasets.FitOptions{}, nil
	}
	return nil, bad("encoding", "%q: use one of auto, quantile, standard", encoding)
}

// ReadData reads a table for training: what its columns are, its cells, and how
// they are encoded, as Conditions, Infer and Encoding of the options say.
func ReadData(table datasets.Source, o *Options) (*TrainingData, error) {
	if o == nil {
		o = &Options{}
	}
	fit, err := fitOptions(o.Encoding)
	if err != nil {
		return nil, err
	}
	infer := datasets.InferOptions{}
	if o.Infer != nil {
		infer = *o.Infer
	}
	d := &TrainingData{Name: table.Name()}
	if d.Cells, err = readTyped(table, &infer, o.Conditions, o.Conditions); err != nil {
		return nil, err
	}
	if d.Codec, err = datasets.Fit(d.Cells, fit); err != nil {
		return nil, inFile(table.Name(), err)
	}
	if d.Codec.Dim() == 0 {
		return nil, fmt.Errorf("%s: no column to learn: all are constant, identifiers or conditions", table.Name())
	}
	d.Digest, err = digest(table.Name())
	return d, err
}

// readTyped finds out what the columns of a table are, and reads its cells. Those of
// untold are levels or numbers: see inferConditions.
func readTyped(table datasets.Source, infer *datasets.InferOptions, conditions, untold []string) (*datasets.Cells, error) {
	m, err := inferConditions(table, infer, untold)
	if err != nil {
		return nil, inFile(table.Name(), err)
	}
	if err := m.SetConditions(conditions); err != nil {
		return nil, inFile(table.Name(), err)
	}
	return datasets.ReadCells(table, m)
}

// inFile names the file in an error about a table.
func inFile(name string, err error) error {
	if e, ok := err.(*datasets.Error); ok && e.File == "" {
		e.File = name
	}
	return err
}

// digest is the SHA-256 of the file of a table, empty for a name that is of none.
func digest(path string) (string, error) {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", nil
	}
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

// TrainedOn reports whether the file at path is the one that the model was
// trained on.
func (m *Model) TrainedOn(path string) (bool, error) {
	d, err := digest(path)
	return d != "" && d == m.provenance.DataSHA256, err
}

// LawData are rows drawn from a law of numbers whose support is known, of which
// nothing is rounded or clipped.
func LawData(name string, cells *datasets.Cells) (*TrainingData, error) {
	codec, err := datasets.Fit(cells, &datasets.FitOptions{Knots: -1, KeepAtoms: true, Extrapolate: true})
	return &TrainingData{Name: name, Cells: cells, Codec: codec, Open: true}, err
}
