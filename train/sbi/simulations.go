package sbi

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/datasets/prior"
)

// Simulations are pairs of parameters and data, (θ_i, x_i) in row i of Theta and X.
// Names may be nil: parameters then have those of the prior, data x_1, x_2, ….
type Simulations struct {
	Theta, X           *mat.Dense
	ThetaNames, XNames []string
}

// ReadSimulations reads parameters and data from two tables with as many rows. Cells of x
// that are empty or not finite are NaN: see Options.DropNaN.
func ReadSimulations(theta, x datasets.Source) (*Simulations, error) {
	s := &Simulations{}
	var err error
	if s.ThetaNames, s.Theta, err = datasets.ReadNumbers(theta); err != nil {
		return nil, err
	}
	if s.XNames, s.X, err = datasets.ReadNumbersWithGaps(x); err != nil {
		return nil, err
	}
	if n, m := s.Theta.RawMatrix().Rows, s.X.RawMatrix().Rows; n != m {
		return nil, fmt.Errorf("%s has %d rows and %s has %d: give the data of each row of parameters, in the same order", theta.Name(), n, x.Name(), m)
	}
	return s, nil
}

// fewest is the number of simulations below which nothing is learned.
const fewest = 50

// checked returns the simulations with names, without rows that are to be dropped. It errs
// unless they fit the prior.
func (s *Simulations) checked(p *prior.Prior, dropNaN bool) (*Simulations, error) {
	if s == nil || s.Theta == nil || s.X == nil {
		return nil, errors.New("sbi: no simulations: give parameters and their data")
	}
	n, d := s.Theta.Dims()
	m, w := s.X.Dims()
	if n != m {
		return nil, fmt.Errorf("sbi: %d rows of parameters and %d of data: give the data of each row of parameters", n, m)
	}
	want := p.Names()
	if d != len(want) {
		return nil, fmt.Errorf("sbi: the simulations have %d parameters, and the prior has %d, %s: give the prior that they were drawn from", d, len(want), strings.Join(want, ", "))
	}
	c := &Simulations{Theta: s.Theta, X: s.X, ThetaNames: want, XNames: s.XNames}
	if s.ThetaNames != nil && !slices.Equal(s.ThetaNames, want) {
		return nil, fmt.Errorf("sbi: the simulations have the parameters %s, and the prior has %s: give both the same names, in the same order", strings.Join(s.ThetaNames, ", "), strings.Join(want, ", "))
	}
	if c.XNames == nil {
		c.XNames = numbered("x", w)
	}
	if len(c.XNames) != w {
		return nil, fmt.Errorf("sbi: %d names for %d columns of data", len(c.XNames), w)
	}
	if err := inRange(c.XNames, c.X, "data"); err != nil {
		return nil, err
	}
	if err := c.dropNaN(dropNaN); err != nil {
		return nil, err
	}
	if left, _ := c.Theta.Dims(); left < fewest {
		return nil, fmt.Errorf("sbi: %d simulations: at least %d are needed, and some thousands are usual", left, fewest)
	}
	return c, nil
}

// dropNaN leaves rows out whose data are not finite or, unless drop, errs.
func (s *Simulations) dropNaN(drop bool) error {
	n, w := s.X.Dims()
	var bad, good []int
	column := 0
	for i := range n {
		j := slices.IndexFunc(s.X.RawRowView(i), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
		if j < 0 {
			good = append(good, i)
			continue
		}
		if len(bad) == 0 {
			column = j
		}
		bad = append(bad, i)
	}
	if len(bad) == 0 {
		return nil
	}
	if !drop {
		return fmt.Errorf("sbi: the data of %d of %d simulations are not finite: %s, the first in column %q: mend the simulator, or leave such rows out with --drop-nan (Options.DropNaN in Go), which gives the posterior given that the simulator succeeds",
			len(bad), n, rowList(bad), s.XNames[column])
	}
	if len(good) == 0 {
		return errors.New("sbi: the data of all simulations are not finite")
	}
	_, d := s.Theta.Dims()
	s.Theta, s.X = pick(s.Theta, good, d), pick(s.X, good, w)
	return nil
}

// rowList names up to five rows, counted from 1.
func rowList(rows []int) string {
	var b strings.Builder
	b.WriteString("rows ")
	if len(rows) == 1 {
		b.Reset()
		b.WriteString("row ")
	}
	for k, i := range rows {
		if k == 5 {
			b.WriteString(", …")
			break
		}
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	return b.String()
}

// pick returns the rows idx of m, which has w columns.
func pick(m *mat.Dense, idx []int, w int) *mat.Dense {
	p := mat.NewDense(len(idx), w, nil)
	for r, i := range idx {
		copy(p.RawRowView(r), m.RawRowView(i))
	}
	return p
}

// numbered returns the names base_1, base_2, ….
func numbered(base string, n int) []string {
	names := make([]string, n)
	for j := range names {
		names[j] = fmt.Sprintf("%s_%d", base, j+1)
	}
	return names
}
