package sbi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/checkpoints"
	"tweedie/datasets/prior"
)

// storedFormat is the number of the layout of stored, of the arrays and of what they mean. It
// is one more when any of these changes.
const storedFormat = 1

// stored is what a model file says beside arrays and networks.
type stored struct {
	Format   int           `json:"format"`
	Prior    []prior.Entry `json:"prior"`
	XNames   []string      `json:"x"`
	Features *features     `json:"features"`
	Terms    *additive     `json:"terms"`
	Seen     seen          `json:"seen"`
	Members  [][]inputs    `json:"members"` // the inputs of the networks of each
	Summary  Summary       `json:"summary"`
	Rounds   *Rounds       `json:"rounds,omitempty"`
}

// inferenceKey is that of the JSON of stored; members are nested as memberK.
const inferenceKey = "inference"

// ErrFormat is that of a posterior whose file has the layout of another version.
var ErrFormat = errors.New("sbi: the posterior was made by another version")

// checkFormat errs with ErrFormat unless f has the layout that this version reads. Before there
// were formats files had none: they have the format 0.
func checkFormat(f *checkpoints.File) error {
	var has struct {
		Format int `json:"format"`
	}
	var by struct {
		Version string `json:"version"`
	}
	text, ok := f.Meta[inferenceKey]
	if !ok || json.Unmarshal([]byte(text), &has) != nil || has.Format == storedFormat {
		return nil // what is damaged is told by what reads all of it
	}
	_ = json.Unmarshal([]byte(f.Meta[checkpoints.ProvenanceKey]), &by)
	advice := "train it anew on its simulations"
	if has.Format > storedFormat {
		advice = "upgrade tweedie, or " + advice
	}
	return fmt.Errorf("%w, %s: its file has the format %d, and this version reads %d: %s", ErrFormat, cmp.Or(by.Version, "of no name"), has.Format, storedFormat, advice)
}
