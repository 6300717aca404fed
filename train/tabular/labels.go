package tabular

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sde"
)

// labelTable is the joint law of the label columns: the combinations that
// occur and how many rows have each, in lexical order. See numberlaw.go for
// columns of numbers.
type labelTable struct {
	Rows  [][]int `json:"rows"`
	Count []int   `json:"count"`
	// Values has, for each column of numbers, those that occur, in order; the rows
	// have indices of them. It is empty for a column of levels, and nil without numbers.
	Values [][]float64 `json:"values,omitempty"`
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
	slices.SortFunc(rows, slices.Compare)
	for i, r := range rows {
		if i > 0 && slices.Equal(r, rows[i-1]) {
			t.Count[len(t.Count)-1]++
			continue
		}
		t.Rows, t.Count = append(t.Rows, r), append(t.Count, 1)
	}
	return t
}

// check errs unless t can be the law of those conditions: it comes from a file.
func (t labelTable) check(conds []nn.Condition) error {
	ok := len(t.Rows) == len(t.Count) && (len(conds) == 0) == (len(t.Rows) == 0) && t.checkValues(conds)
	for i := 0; ok && i < len(t.Rows); i++ {
		ok = len(t.Rows[i]) == len(conds) && t.Count[i] > 0 && t.Count[i] <= math.MaxInt32 // so that no sum of them overflows
		for j := 0; ok && j < len(conds); j++ {
			ok = t.Rows[i][j] >= 0 && t.Rows[i][j] < t.choices(j, conds)
		}
	}
	if !ok {
		return fmt.Errorf("the label combinations do not fit the model: the file is damaged")
	}
	return nil
}

// labelLaw draws combinations of labels by their frequency.
type labelLaw struct {
	rows   [][]int
	cum    []int // cumulative counts
	key    stream.Key
	values [][]float64 // of labelTable
	fixed  []float64   // numbers that are given, NaN elsewhere; or nil
	near   string      // how conditions follow from the numbers that are given, or ""
}

// given returns the law of the combinations that agree with the values given
// (NaN, or past the end: free), and of those that keep, if not nil, tells.
func (t labelTable) given(values []float64, keep func(row []int) bool, seed uint64) (*labelLaw, error) {
	l := &labelLaw{key: stream.NewKey(seed, "labels"), values: t.Values}
	total := 0
	for i, r := range t.Rows {
		ok := keep == nil || keep(r)
		for j, v := range values {
			ok = ok && (math.IsNaN(v) || t.isNumber(j) || int(v) == r[j])
		}
		if ok {
			total += t.Count[i]
			l.rows, l.cum = append(l.rows, r), append(l.cum, total)
		}
	}
	if total == 0 {
		return nil, fmt.Errorf("no row of the training data has this combination of labels: leave a condition on them away")
	}
	l.fixNumbers(t, values)
	return l, nil
}

// draw stores the labels of the row of global index i.
func (l *labelLaw) draw(src *stream.Source, row []float64, i int) {
	src.Seek(l.key.At(uint64(i)))
	u := src.IntN(l.cum[len(l.cum)-1])
	for j, v := range l.rows[sort.SearchInts(l.cum, u+1)] {
		row[j] = l.value(j, v)
	}
}

// labelTurns are laws of labels that rows take in turn: row i the i-th, counted
// around; one for all without --balance, and none for a model without labels.
type labelTurns []*labelLaw

// draw fills row i of c with the labels of the row of global index at(i).
func (l labelTurns) draw(c *mat.Dense, at func(i int) int) {
	src := stream.NewSource(stream.Key{})
	n, _ := c.Dims()
	for i := range n {
		k := at(i)
		l[k%len(l)].draw(src, c.RawRowView(i), k)
	}
}

// labeled is a model whose rows, from global index first on, have labels
// drawn from laws. They are drawn when a block needs them, and again when it
// is written, so that any number of rows takes no memory. known is what is
// given of the rows, in turn as well; nil without.
type labeled struct {
	model *network
	laws  labelTurns
	first int
	known [][]float64
}

var (
	_ sde.PerRow         = labeled{}
	_ sde.Differentiable = labeled{}
	_ sde.Conditional    = labeled{}
)

func (d labeled) Schedule() sde.Schedule { return d.model.Schedule() }
func (d labeled) Dim() int               { return d.model.Dim() }

// Moments are those of the model, unconditional.
func (d labeled) Moments() (mean, variance []float64) { return d.model.Moments() }

// Known implements sde.Conditional for the rows from first on.
func (d labeled) Known(dst *mat.Dense) {
	n, dim := dst.Dims()
	for i := range n {
		row := unknown(dim)
		if len(d.known) > 0 {
			row = d.known[(d.first+i)%len(d.known)]
		}
		dst.SetRow(i, row)
	}
}

func (d labeled) Rows(idx []int) sde.Denoiser {
	var c, known *mat.Dense
	if len(d.laws) > 0 {
		c = mat.NewDense(len(idx), len(d.model.Conds), nil)
		d.laws.draw(c, func(i int) int { return d.first + idx[i] })
	}
	if len(d.known) > 0 {
		known = mat.NewDense(len(idx), d.model.Dim(), nil)
		for i, k := range idx {
			known.SetRow(i, d.known[(d.first+k)%len(d.known)])
		}
	}
	g, err := d.model.Conditional(c, known)
	if err != nil {
		panic("tabular: a law of labels that does not fit its model") // loading checks it
	}
	return g
}

// Denoise implements sde.Denoiser for the rows from first on.
func (d labeled) Denoise(dst, x *mat.Dense, t []float64) error {
	return d.head(x).Denoise(dst, x, t)
}

// Linearize implements sde.Differentiable for the rows from first on.
func (d labeled) Linearize(mean, x *mat.Dense, t []float64) (sde.Pullback, error) {
	return d.head(x).(sde.Differentiable).Linearize(mean, x, t)
}

// head is the restriction to as many rows as x has.
func (d labeled) head(x *mat.Dense) sde.Denoiser {
	n, _ := x.Dims()
	return d.Rows(indices(0, n))
}

// indices are n indices from first on.
func indices(first, n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = first + i
	}
	return idx
}
