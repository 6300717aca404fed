package imputation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Compare masks cells of c, has each of imputers impute them draws times, and scores
// the imputed cells against c. Intervals of 90 % need 19 draws or more; 0 means 19.
//
// Errors in numbers are divided by the range of their column in c, as
// Jolicoeur-Martineau et al. 2024 (arXiv:2309.09968) do, whose categories, one
// divided by two per position of a one-hot vector, give every wrong level an
// error of 1 too; a column whose numbers are all equal is not divided.
//
// It errs as Mask does, when no cell is masked, and when an imputer fails, changes a
// known cell, leaves one missing or returns another number of tables than draws.
func Compare(ctx context.Context, c *datasets.Cells, o MaskingPlan, imputers []Imputer, draws int) (*Report, error) {
	if draws == 0 {
		draws = 19
	}
	if draws < 0 {
		return nil, fmt.Errorf("imputation: %d draws; give one at least", draws)
	}
	masked, hidden, err := Mask(c, o)
	if err != nil {
		return nil, err
	}
	if len(hidden) == 0 {
		return nil, errors.New("imputation: by chance no cell was hidden; raise the share or change the seed")
	}
	s := newScorer(c, hidden, draws)
	r := s.report(o)
	for _, m := range imputers {
		tables, err := m.Impute(ctx, masked, draws)
		if err == nil {
			err = check(masked, tables, draws)
		}
		if err != nil {
			return nil, fmt.Errorf("imputer %s: %w", suggest.Quote(m.Name()), err)
		}
		r.Methods = append(r.Methods, s.score(m.Name(), tables))
	}
	return r, nil
}

func check(masked *datasets.Cells, tables []*datasets.Cells, draws int) error {
	if len(tables) != draws {
		return fmt.Errorf("imputation: %d tables where %d were asked for", len(tables), draws)
	}
	f := newFrame(masked)
	for d, t := range tables {
		if d > 0 && t == tables[d-1] {
			continue
		}
		if t.Rows() != f.rows {
			return fmt.Errorf("imputation: draw %d has %d rows, the table %d", d, t.Rows(), f.rows)
		}
		for k, j := range f.columns {
			name := f.meta.Columns[j].Name
			for i, known := range f.x[k] {
				v := value(t, i, j)
				switch {
				case math.IsNaN(v):
					return fmt.Errorf("imputation: draw %d leaves row %d of column %s missing", d, i, suggest.Quote(name))
				case v != known && !math.IsNaN(known):
					return fmt.Errorf("imputation: draw %d changes row %d of column %s, which is known", d, i, suggest.Quote(name))
				}
			}
		}
	}
	return nil
}

type scorer struct {
	truth  *frame
	hidden []Cell
	at     []int // column of truth of each column of the table
	low    []float64
	width  []float64
	draws  int
}

func newScorer(c *datasets.Cells, hidden []Cell, draws int) *scorer {
	f := newFrame(c)
	s := &scorer{truth: f, hidden: hidden, draws: draws, at: make([]int, len(f.meta.Columns)), low: make([]float64, len(f.x)), width: make([]float64, len(f.x))}
	for k, j := range f.columns {
		s.at[j] = k
		low, high := math.Inf(1), math.Inf(-1)
		for _, v := range f.x[k] {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
		if s.low[k], s.width[k] = low, high-low; !(high > low) {
			s.width[k] = 1
		}
	}
	return s
}

func (s *scorer) report(o MaskingPlan) *Report {
	f := s.truth
	o, _ = o.withDefaults(f.meta) // Mask has checked it
	r := &Report{Masking: o, Rows: f.rows, Masked: len(s.hidden), Draws: s.draws, Level: nominal(s.draws), Kept: []string{}}
	open := f.maskable(o)
	for k, j := range f.columns {
		if !slices.Contains(open, k) {
			r.Kept = append(r.Kept, f.meta.Columns[j].Name)
			continue
		}
		for _, v := range f.x[k] {
			if !math.IsNaN(v) {
				r.Maskable++
			}
		}
	}
	for _, at := range s.hidden {
		if f.levels[s.at[at.Column]] > 0 {
			r.Categories++
		} else {
			r.Numbers++
		}
	}
	return r
}

func (s *scorer) scale(k int, v float64) float64 {
	if s.truth.levels[k] > 0 {
		return v
	}
	return (v - s.low[k]) / s.width[k]
}

func (s *scorer) score(name string, tables []*datasets.Cells) ImputerScores {
	columns := make([]scoreSums, len(s.truth.x))
	cell := make([]float64, s.draws)
	row := make([]float64, s.draws) // sums of errors
	var best float64
	for n, at := range s.hidden {
		k := s.at[at.Column]
		y := s.scale(k, s.truth.x[k][at.Row])
		for d, t := range tables {
			cell[d] = s.scale(k, value(t, at.Row, at.Column))
			row[d] += distance(cell[d], y, s.truth.levels[k])
		}
		columns[k].add(cell, y, s.truth.levels[k])
		if n+1 == len(s.hidden) || s.hidden[n+1].Row != at.Row {
			best += slices.Min(row)
			clear(row)
		}
	}
	return s.method(name, tables, columns, best)
}

func (s *scorer) method(name string, tables []*datasets.Cells, columns []scoreSums, best float64) ImputerScores {
	m := ImputerScores{Name: name, MinMAE: best / float64(len(s.hidden))}
	var all scoreSums
	var w1 float64
	for k := range columns {
		if columns[k].cells() == 0 {
			continue
		}
		c := ColumnScores{Column: s.truth.meta.Columns[s.truth.columns[k]].Name, Masked: columns[k].cells(), Scores: columns[k].scores()}
		c.W1 = s.w1(k, tables)
		w1 += c.W1
		all.merge(&columns[k])
		m.Columns = append(m.Columns, c)
	}
	m.Scores = all.scores()
	m.W1 = w1 / float64(len(m.Columns))
	return m
}

// w1 is the mean over draws of the distance of column k from the truth, where it is known.
func (s *scorer) w1(k int, tables []*datasets.Cells) float64 {
	var truth []float64
	var rows []int
	for i, v := range s.truth.x[k] {
		if !math.IsNaN(v) {
			rows = append(rows, i)
			truth = append(truth, s.scale(k, v))
		}
	}
	filled := make([]float64, len(rows))
	var sum, last float64
	for d, t := range tables {
		if d == 0 || t != tables[d-1] {
			for n, i := range rows {
				filled[n] = s.scale(k, value(t, i, s.truth.columns[k]))
			}
			if levels := s.truth.levels[k]; levels > 0 {
				last = variation(truth, filled, levels)
			} else {
				last = wasserstein(truth, filled)
			}
		}
		sum += last
	}
	return sum / float64(len(tables))
}

// distance is the error of a number, or 1 for a wrong level.
func distance(x, y float64, levels int) float64 {
	switch {
	case levels == 0:
		return math.Abs(x - y)
	case x == y:
		return 0
	}
	return 1
}
