package datasets

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"tweedie/internal/suggest"
)

// Follows says that a column is a function of another: in all rows that were fitted the value
// From[k] of Column goes with the value To[k]. A value is a number, or the index of a level.
// Codec.Follow draws by it. Densities and training do not know of it: the network learns the
// column as any other, and a density counts it as the network has it.
type Follows struct {
	Column string `json:"column"` // which itself follows from none
	From   Values `json:"from"`   // in order, a missing cell first
	To     Values `json:"to"`
}

// Values are values of cells, null in JSON for a missing one, which is NaN.
type Values []float64

// MarshalJSON implements json.Marshaler.
func (v Values) MarshalJSON() ([]byte, error) {
	list := make([]*float64, len(v))
	for k := range v {
		if !math.IsNaN(v[k]) {
			list[k] = &v[k]
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *Values) UnmarshalJSON(data []byte) error {
	var list []*float64
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*v = make(Values, len(list))
	for k, x := range list {
		if (*v)[k] = math.NaN(); x != nil {
			(*v)[k] = *x
		}
	}
	return nil
}

// of returns the value that goes with the value v of the other column; false for one that no
// row had.
func (f *Follows) of(v float64) (float64, bool) {
	k, found := slices.BinarySearch(f.From, v)
	if !found {
		return 0, false
	}
	return f.To[k], true
}

// same reports whether two values are equal, or both missing.
func same(a, b float64) bool { return cmp.Compare(a, b) == 0 }

// Determinant returns the index of the column that column j follows from, -1 for none.
func (m *Metadata) Determinant(j int) int {
	f := m.Columns[j].Follows
	if f == nil {
		return -1
	}
	return slices.IndexFunc(m.Columns, func(g Field) bool { return g.Name == f.Column })
}

// invalidFollows says what is wrong with what column j follows from, or "".
func (m *Metadata) invalidFollows(j int) string {
	f, d := &m.Columns[j], m.Determinant(j)
	switch {
	case f.Follows == nil:
		return ""
	case f.Condition || !f.Modeled():
		return "a function for a column that is not generated"
	case d < 0 || !m.Columns[d].Modeled() || m.Columns[d].Follows != nil:
		return "a function of " + suggest.Quote(f.Follows.Column) + ", which determines no column"
	case len(f.Follows.From) != len(f.Follows.To) || !increasing(f.Follows.From):
		return "a function that is none"
	case !m.Columns[d].has(f.Follows.From) || !f.has(f.Follows.To):
		return fmt.Sprintf("a function of values that it or %s does not have", suggest.Quote(f.Follows.Column))
	}
	return ""
}

func increasing(v Values) bool {
	for k := 1; k < len(v); k++ {
		if cmp.Compare(v[k-1], v[k]) >= 0 {
			return false
		}
	}
	return true
}

// has reports whether cells of the column can have the values.
func (f *Field) has(values Values) bool {
	for _, v := range values {
		if math.IsInf(v, 0) || f.HasLevels() && !math.IsNaN(v) && !(v >= 0 && v < float64(len(f.Levels)) && v == math.Trunc(v)) {
			return false
		}
	}
	return true
}
