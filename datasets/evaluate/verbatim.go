package evaluate

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"tweedie/datasets"
	"tweedie/internal/suggest"
)

// Verbatim says how far the cells of a column of texts or keys that are (nearly) unique to a
// row are those of real rows.
type Verbatim struct {
	Column string `json:"column"`
	Unique int    `json:"unique_real"`     // texts that one real row alone has
	Cells  int    `json:"synthetic_cells"` // synthetic cells that are one of these
	Share  Number `json:"share"`           // of the synthetic cells, null when the column is not there
}

// uniqueShare is the share of cells with a text of their own from which a column gives rows away.
const uniqueShare = 0.05

// verbatim counts the synthetic cells that are texts of single real rows, in the identifiers
// of m and in the columns with texts that are not numbers.
func verbatim(real, synthetic datasets.Source, m *datasets.Metadata) ([]Verbatim, error) {
	counts := make([]map[string]int, len(m.Columns))
	for j := range m.Columns {
		if f := &m.Columns[j]; f.Type == datasets.TypeIdentifier || f.HasLevels() && !ofNumbers(f) {
			counts[j] = map[string]int{}
		}
	}
	missing := m.MissingIn(real)
	err := eachCell(real, m, func(j int, cell string) {
		if counts[j] != nil && !missing(cell) {
			counts[j][cell]++
		}
	})
	if err != nil {
		return nil, err
	}
	cells, copied := make([]int, len(m.Columns)), make([]int, len(m.Columns))
	missing = m.MissingIn(synthetic)
	err = eachCell(synthetic, m, func(j int, cell string) {
		if missing(cell) {
			return
		}
		if cells[j]++; counts[j][cell] == 1 {
			copied[j]++
		}
	})
	if err != nil {
		return nil, err
	}
	var out []Verbatim
	for j, count := range counts {
		v, all := Verbatim{Column: m.Columns[j].Name, Cells: copied[j], Share: none}, 0
		for _, n := range count {
			all += n
			if n == 1 {
				v.Unique++
			}
		}
		if v.Unique < 5 || float64(v.Unique) < uniqueShare*float64(all) {
			continue
		}
		if cells[j] > 0 {
			v.Share = Number(float64(copied[j]) / float64(cells[j]))
		}
		out = append(out, v)
	}
	return out, nil
}

// ofNumbers reports whether all levels are numbers, which have no zero in front.
func ofNumbers(f *datasets.Field) bool {
	return !slices.ContainsFunc(f.Levels, func(l datasets.Level) bool {
		_, err := strconv.ParseFloat(l.Name, 64)
		return l.Name != f.Rest && (err != nil || len(l.Name) > 1 && l.Name[0] == '0' && l.Name[1] != '.')
	})
}

// eachCell calls do for the cells of a table that m has a column for.
func eachCell(src datasets.Source, m *datasets.Metadata, do func(j int, cell string)) error {
	r, err := src.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	var at []int
	names := m.Names()
	for _, name := range r.Header() {
		at = append(at, slices.Index(names, name))
	}
	for {
		record, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for k, cell := range record {
			if at[k] >= 0 {
				do(at[k], cell)
			}
		}
	}
}

// givenAway says which columns give real rows away by their texts or keys.
func givenAway(r *Report) string {
	var some, none []string
	for _, v := range r.Verbatim {
		switch {
		case v.Cells > 0:
			some = append(some, fmt.Sprintf("%q (%s, %s)", v.Column, count(v.Cells, "cell"), percent(float64(v.Share))))
		default:
			none = append(none, strconv.Quote(v.Column))
		}
	}
	switch {
	case len(some) > 0:
		return "Real texts: synthetic cells are texts or keys that one real row alone has in " + suggest.Join(some, 8) + ". They give these rows away: leave the columns out, or generate them anew."
	case len(none) > 0:
		return "No synthetic cell is a text or key that one real row alone has; they would be in " + suggest.Join(none, 8) + "."
	}
	return ""
}
