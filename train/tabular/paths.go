package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/figure"
	"tweedie/sample"
)

// Paths are the ways of rows from noise to data, in encoded columns: what a sampler has
// after each step.
type Paths struct {
	Names []string     // of the encoded columns
	T     []float64    // from 1 down
	X     []*mat.Dense // at each of T: rows × len(Names)
}

// Paths draws rows and keeps what they were on the way. Columns name encoded columns, nil
// for all: a number has its own name. It errs on a model with labels, on unknown columns, on
// a sampler that draws no path, and when ctx is done.
func (m *Model) Paths(ctx context.Context, rows int, columns []string, s sample.Sampler, seed uint64, workers int) (*Paths, error) {
	if err := m.noStudent("it has no paths"); err != nil {
		return nil, err
	}
	if len(m.Network().Conds) > 0 {
		return nil, fmt.Errorf("paths are drawn of a model without labels, and this one has %d", len(m.Network().Conds))
	}
	names := m.codec.Names()
	if columns == nil {
		columns = names
	}
	at := make([]int, len(columns))
	for k, c := range columns {
		if at[k] = slices.Index(names, c); at[k] < 0 {
			return nil, fmt.Errorf("no encoded column %q; there are %s", c, strings.Join(names, ", "))
		}
	}
	method, err := s.Method(m.Network().Schedule())
	if err != nil {
		return nil, err
	}
	o := s.Options()
	p := &Paths{Names: columns}
	o.Seed, o.Workers, o.Block = seed, workers, rows
	o.Observe = func(e sample.Progress) error {
		x := mat.NewDense(rows, len(columns), nil)
		for i := range rows {
			for k, j := range at {
				x.Set(i, k, e.X.At(i, j))
			}
		}
		p.T, p.X = append(p.T, e.T), append(p.X, x)
		return nil
	}
	if _, err := sample.Run(ctx, m.Network(), method, rows, o); err != nil {
		return nil, err
	}
	if len(p.T) < 2 || math.IsNaN(p.T[0]) {
		return nil, fmt.Errorf("the sampler %s keeps no path", s.Name)
	}
	return p, nil
}

// Figure draws the paths of one or two columns, a line for each row: over time for one, and in
// the plane for two. It errs for more columns.
func (p *Paths) Figure(title string) (*figure.Figure, error) {
	if n := len(p.Names); n < 1 || n > 2 {
		return nil, fmt.Errorf("paths of %d columns: one or two are drawn", n)
	}
	axes := figure.Axes{Title: title, X: "t", Y: p.Names[0] + " (encoded)"}
	plane := len(p.Names) == 2
	if plane {
		axes.X, axes.Y = p.Names[0]+" (encoded)", p.Names[1]+" (encoded)"
	}
	paths, start, end := figure.Series{Name: "path of a row"}, figure.Series{Name: "noise"}, figure.Series{Name: "data"}
	rows, last := 0, len(p.T)-1
	if last >= 0 {
		rows, _ = p.X[0].Dims()
	}
	add := func(s *figure.Series, x, y float64) { s.X, s.Y = append(s.X, x), append(s.Y, y) }
	gap := math.NaN()
	for i := range rows {
		for k, x := range p.T {
			y := p.X[k].At(i, 0)
			if plane {
				x, y = y, p.X[k].At(i, 1)
			}
			add(&paths, x, y)
			if k == 0 {
				add(&start, x, y)
				add(&start, gap, gap)
			}
			if k == last {
				add(&end, x, y)
				add(&end, gap, gap)
			}
		}
		add(&paths, gap, gap)
	}
	return figure.Curve(axes, paths, start, end)
}
