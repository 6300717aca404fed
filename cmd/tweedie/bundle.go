package main

import (
	"fmt"
	"slices"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/sde"
)

// bundle is a model file: the model, what its table is, the label combinations
// it was trained on, and where it came from.
type bundle struct {
	model      *nn.Model
	codec      *datasets.Codec
	wide       *datasets.Codec // codec, with numbers beyond the range kept apart
	blocks     []datasets.Block
	open       bool // numbers may leave the range that was seen
	imputes    bool // what is given goes into the trajectories, of which any model is capable
	labels     labelTable
	provenance checkpoints.Provenance
}

// file returns the checkpoint of the bundle.
func (b *bundle) file() (*checkpoints.File, error) {
	f := checkpoints.New(nn.Kind)
	if err := b.model.Encode(f); err != nil {
		return nil, err
	}
	return f, setAll(f, map[string]any{"table": b.codec.Metadata(), "open": b.open, "labels": b.labels, checkpoints.ProvenanceKey: b.provenance})
}

// loadBundle reads a model file and checks that its parts fit each other.
func loadBundle(path string) (*bundle, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	if b.model, err = nn.Decode(f); err != nil {
		return nil, err
	}
	var m datasets.Metadata
	for _, kv := range []struct {
		key string
		v   any
	}{{"table", &m}, {"open", &b.open}, {"labels", &b.labels}, {checkpoints.ProvenanceKey, &b.provenance}} {
		if err := f.JSON(kv.key, kv.v); err != nil {
			return nil, err
		}
	}
	if b.codec, err = datasets.NewCodec(&m, b.open); err != nil {
		return nil, fmt.Errorf("%s: %w: the file is damaged", path, err)
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	if b.codec.Dim() != b.model.Dim() {
		return nil, fmt.Errorf("%s: the table has %d positions and the model %d: the file is damaged", path, b.codec.Dim(), b.model.Dim())
	}
	if !slices.Equal(conditions(&m), b.model.Conds) {
		return nil, fmt.Errorf("%s: the table and the model have different conditions: the file is damaged", path)
	}
	if err := b.labels.check(b.model.Conds); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// prepare fills in what follows from the codec.
func (b *bundle) prepare() (err error) {
	b.blocks = b.codec.Blocks()
	b.wide, err = datasets.NewCodec(b.codec.Metadata(), true)
	return err
}

// columns are the names of the columns that can be given.
func (b *bundle) columns() []string {
	names := conditionNames(b.codec.Metadata())
	for _, k := range b.blocks {
		if len(names) == 0 || names[len(names)-1] != k.Column {
			names = append(names, k.Column)
		}
	}
	return names
}

func scheduleName(s sde.Schedule) string {
	spec, err := sde.SpecOf(s)
	if err != nil {
		return fmt.Sprintf("%T", s)
	}
	return spec.String()
}

// dropout is the share of the hidden units that training left out.
func (b *bundle) dropout() float64 {
	share, err := strconv.ParseFloat(b.provenance.Config["dropout"], 64)
	if err != nil {
		return 0 // none
	}
	return share
}
