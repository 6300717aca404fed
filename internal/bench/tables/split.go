package tables

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// split writes the training rows, the test rows and the metadata of a run. It returns
// the number of training rows.
func (o *Options) split(s set, f Files, seed uint64) (rows int, err error) {
	path := filepath.Join(o.Data, s.name+".csv")
	src, err := datasets.OpenTable(path)
	if err != nil {
		return 0, err
	}
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: s.types})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	all, err := datasets.ReadCells(src, m)
	if err != nil {
		return 0, err
	}
	train, test := all, (*datasets.Cells)(nil)
	if s.test {
		src, err := datasets.OpenTable(filepath.Join(o.Data, s.name+"_test.csv"))
		if err != nil {
			return 0, err
		}
		if test, err = datasets.ReadCells(src, m); err != nil {
			return 0, err
		}
	} else {
		tr, te := stratified(all, s.target, seed)
		train, test = all.Subset(tr), all.Subset(te)
	}
	if n := train.Rows(); o.Cut > 0 && o.Cut < n {
		idx := make([]int, o.Cut)
		for i := range idx {
			idx[i] = i * n / o.Cut
		}
		train = train.Subset(idx)
	}
	if err := datasets.WriteTable(f.Train, train); err != nil {
		return 0, err
	}
	if err := datasets.WriteTable(f.Test, test); err != nil {
		return 0, err
	}
	b, err := json.MarshalIndent(all.Metadata(), "", "  ")
	if err != nil {
		return 0, err
	}
	return train.Rows(), os.WriteFile(f.Metadata, b, 0o666)
}

// stratified splits rows 4 : 1 at random, within each level of the target if that is
// categorical.
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
