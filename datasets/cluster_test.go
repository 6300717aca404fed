package datasets

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tweedie/internal/stream"
)

// The code depends on which rows there are, not on their order; of other rows it is
// another.
func TestCodeIsOfRowsInAnyOrder(t *testing.T) {
	c, e := fitted(t, towns(3000, 90, 5), &InferOptions{OneHot: 20}, nil)
	want := e.Metadata().Columns[0].Clustering.Order
	for seed := range uint64(5) {
		e, err := Fit(c.Subset(stream.New(seed, "datasets/order").Perm(c.Rows())), nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(e.Metadata().Columns[0].Clustering.Order, want) {
			t.Error("the code depends on the order of the rows")
		}
	}
	if e, err := Fit(c.Subset(seq(2900)), nil); err != nil || slices.Equal(e.Metadata().Columns[0].Clustering.Order, want) {
		t.Error("the code does not depend on the rows: ", err)
	}
}

// Clusters are of levels whose rows are alike: of towns of one region, mostly, where
// by chance half of the pairs in a cluster would be of four regions' towns apart.
func TestClustersAreAlike(t *testing.T) {
	_, e := fitted(t, towns(6000, 120, 0), &InferOptions{OneHot: 20}, nil)
	f := &e.Metadata().Columns[0]
	together := func(order []int) float64 {
		same, pairs := 0.0, 0.0
		for k := range f.Clustering.Clusters {
			members := order[f.Clustering.start(k, 120):f.Clustering.start(k+1, 120)]
			for i, a := range members {
				for _, b := range members[:i] {
					pairs++
					if town(f, a)%4 == town(f, b)%4 {
						same++
					}
				}
			}
		}
		return same / pairs
	}
	if s := together(f.Clustering.Order); s < 0.7 {
		t.Errorf("of pairs in a cluster, %.2f are of one region", s)
	}
	shuffled := slices.Clone(f.Clustering.Order)
	r := stream.New(1, "datasets/shuffled")
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if s := together(shuffled); s > 0.5 {
		t.Errorf("of pairs at random, %.2f are of one region", s)
	}
}

func town(f *Field, k int) int {
	var n int
	fmt.Sscanf(f.Levels[k].Name, "t%d", &n)
	return n
}

// Profiles shrink by what the rows of a level vary: what does not differ between
// levels vanishes, and what does is kept, of levels of many rows more.
func TestProfilesShrink(t *testing.T) {
	r := stream.New(6, "datasets/profiles")
	const levels, most = 400, 64
	sums, squares, rows := make([]int64, 2*levels), make([]int64, 2), make([]float64, levels)
	truth := make([]float64, levels)
	for k := range levels {
		truth[k] = 0.5 * r.NormFloat64()
		rows[k] = float64(1 + k%most)
		for range int(rows[k]) {
			for j, m := range []float64{truth[k], 0} {
				v := m + r.NormFloat64()
				sums[2*k+j] += int64(v * profileUnit)
				q := int64(v * profileSquare)
				squares[j] += q * q
			}
		}
	}
	p := shrunk(levels, 2, sums, squares, rows)
	risk := func(of func(k int) float64) (e float64) {
		for k := range levels {
			d := of(k) - truth[k]
			e += d * d / levels
		}
		return e
	}
	// Bayes' risk of a mean of n rows is τ²s²/(nτ² + s²).
	bayes := 0.0
	for k := range levels {
		bayes += 0.25 / (rows[k]*0.25 + 1) / levels
	}
	got := risk(func(k int) float64 { return p.row(k)[0] })
	plain := risk(func(k int) float64 { return float64(sums[2*k]) / profileUnit / rows[k] })
	if math.Abs(got/bayes-1) > 5*math.Sqrt(2./levels) {
		t.Errorf("risk %.4f, Bayes' %.4f", got, bayes)
	}
	if math.Abs(plain/bayes-1) < 5*math.Sqrt(2./levels) {
		t.Errorf("means that are not shrunk pass: risk %.4f, Bayes' %.4f", plain, bayes)
	}
	size := [2]float64{}
	for k := range levels {
		size[0], size[1] = size[0]+math.Abs(p.row(k)[0])/levels, size[1]+math.Abs(p.row(k)[1])/levels
	}
	if size[1] > 0.1*size[0] {
		t.Errorf("what does not differ is %.3f, what does %.3f", size[1], size[0])
	}
}
