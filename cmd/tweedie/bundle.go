package main

import (
	"fmt"
	"sort"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sde"
)

// bundle is a model file: the model, the schema of its table, the label
// combinations it was trained on, and where it came from.
type bundle struct {
	model      *nn.Model
	encoder    *datasets.Encoder
	labels     labelTable
	provenance checkpoints.Provenance
}

// labelTable is the joint law of the label columns: the combinations that
// occur and how many rows have each, in lexical order.
type labelTable struct {
	Rows  [][]int `json:"rows"`
	Count []int   `json:"count"`
}

func newLabelTable(c *mat.Dense) labelTable {
	var t labelTable
	if c == nil {
		return t
	}
	n, k := c.Dims()
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, k)
		for j := range k {
			rows[i][j] = int(c.At(i, j))
		}
	}
	less := func(a, b []int) int {
		for j := range a {
			if a[j] != b[j] {
				return a[j] - b[j]
			}
		}
		return 0
	}
	sort.Slice(rows, func(i, j int) bool { return less(rows[i], rows[j]) < 0 })
	for i, r := range rows {
		if i > 0 && less(r, rows[i-1]) == 0 {
			t.Count[len(t.Count)-1]++
			continue
		}
		t.Rows, t.Count = append(t.Rows, r), append(t.Count, 1)
	}
	return t
}

// draw fills the rows of c, of global index first and on, with combinations
// drawn by frequency among those that agree with given (NaN: free).
func (t labelTable) draw(c *mat.Dense, given []float64, seed uint64, first int) error {
	var rows [][]int
	var cum []int
	total := 0
	for i, r := range t.Rows {
		ok := true
		for j, g := range given {
			ok = ok && (g != g || int(g) == r[j])
		}
		if ok {
			total += t.Count[i]
			rows, cum = append(rows, r), append(cum, total)
		}
	}
	if total == 0 {
		return fmt.Errorf("no row of the training data has this combination of labels: leave one of the --given away")
	}
	key := stream.NewKey(seed, "labels")
	src := stream.NewSource(key)
	n, k := c.Dims()
	for i := range n {
		src.Seek(key.At(uint64(first + i)))
		u := src.IntN(total)
		r := rows[sort.SearchInts(cum, u+1)]
		for j := range k {
			c.Set(i, j, float64(r[j]))
		}
	}
	return nil
}

// file returns the checkpoint of the bundle.
func (b *bundle) file() (*checkpoints.File, error) {
	f := checkpoints.New(nn.Kind)
	if err := b.model.Encode(f); err != nil {
		return nil, err
	}
	for _, kv := range []struct {
		key string
		v   any
	}{{"schema", b.encoder.Schema()}, {"labels", b.labels}, {checkpoints.ProvenanceKey, b.provenance}} {
		if err := f.SetJSON(kv.key, kv.v); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (b *bundle) save(path string) error {
	f, err := b.file()
	if err != nil {
		return err
	}
	return checkpoints.Save(path, f)
}

func loadBundle(path string) (*bundle, error) {
	f, err := checkpoints.Load(path)
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	if b.model, err = nn.Decode(f); err != nil {
		return nil, err
	}
	var s datasets.Schema
	for _, kv := range []struct {
		key string
		v   any
	}{{"schema", &s}, {"labels", &b.labels}, {checkpoints.ProvenanceKey, &b.provenance}} {
		if err := f.JSON(kv.key, kv.v); err != nil {
			return nil, err
		}
	}
	b.encoder = datasets.NewEncoder(&s)
	if b.encoder.Dim() != b.model.Dim() {
		return nil, fmt.Errorf("%s: the schema has %d columns and the model %d: the file is damaged", path, b.encoder.Dim(), b.model.Dim())
	}
	return b, nil
}

// conditions are the model's conditions for the label columns of a schema.
func conditions(s *datasets.Schema) []nn.Condition {
	var cs []nn.Condition
	for _, name := range s.Labels() {
		cs = append(cs, nn.Condition{Name: name, Levels: len(s.Column(name).Levels)})
	}
	return cs
}

func scheduleName(s sde.Schedule) string {
	spec, err := sde.SpecOf(s)
	if err != nil {
		return fmt.Sprintf("%T", s)
	}
	return spec.String()
}
