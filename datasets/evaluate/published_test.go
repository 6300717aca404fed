package evaluate

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

// The distance of the training rows from the test rows, which Jolicoeur-
// Martineau et al. 2024 (arXiv:2309.09968) publish as that of their oracle, a
// copy of the training rows: mean of 3 splits, a fifth for testing, every class
// in proportion. It pins the scale of the columns and the transport.
func TestPublishedDistances(t *testing.T) {
	for _, set := range []struct {
		name     string
		distance float64
	}{{"iris", 0.24}, {"wine", 1.44}, {"breast_cancer", 1.85}} {
		src, err := datasets.OpenTable("../../../shared/data/tabular/" + set.name + ".csv")
		if err != nil {
			t.Skip("the tables are not here: ", err)
		}
		o := &datasets.InferOptions{}
		if set.name == "wine" {
			o.Types = map[string]datasets.Type{"class": datasets.TypeCategorical}
		}
		m, err := datasets.Infer(src, o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := datasets.ReadCells(src, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := published(newFrame(c), set.distance, func(g *gower) {}); err != nil {
			t.Errorf("%s: %v", set.name, err)
		}
		// Twin: numbers a fifth too wide.
		if published(newFrame(c), set.distance, func(g *gower) {
			for j := range g.scale {
				g.scale[j] *= 1.2
			}
		}) == nil {
			t.Errorf("%s: the check passes another scale", set.name)
		}
	}
}

// published compares the mean over 12 splits with a mean over 3.
func published(f *frame, want float64, change func(*gower)) error {
	const splits = 12
	class := f.cols[len(f.cols)-1].level
	sum, squares := 0.0, 0.0
	for seed := range uint64(splits) {
		train, test := stratified(class, seed)
		a, b := f.subset(train), f.subset(test)
		g := newGower(a, b)
		change(g)
		d := float64(wasserstein(g, a, b, 0, 0, 2).Distance)
		sum += d
		squares += d * d
	}
	m := sum / splits
	sd := math.Sqrt((squares - sum*m) / (splits - 1))
	if tolerance := 3*sd*math.Sqrt(1.0/3+1.0/splits) + 0.005; math.Abs(m-want) > min(tolerance, 0.1*want) {
		return fmt.Errorf("distance %.3f, published %.2f ± %.3f", m, want, tolerance)
	}
	return nil
}

// stratified takes a fifth of every class.
func stratified(class []int, seed uint64) (train, test []int) {
	total, taken := map[int]int{}, map[int]int{}
	for _, k := range class {
		total[k]++
	}
	for _, i := range stream.New(seed, "stratified").Perm(len(class)) {
		if k := class[i]; 5*taken[k]+3 <= total[k] {
			taken[k]++
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	slices.Sort(train)
	slices.Sort(test)
	return train, test
}
