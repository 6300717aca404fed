package tabular

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
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
