package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Validate errs when m cannot be used: what is read from a file is checked.
func (m *Metadata) Validate() error {
	if m.Version != MetadataVersion {
		return &Error{Found: fmt.Sprintf("metadata of version %d, not %d", m.Version, MetadataVersion), Remedy: "use the version of tweedie that wrote it, or infer it anew"}
	}
	return m.validate(false)
}

// ValidateGiven errs when m cannot be given to Infer: as Validate, but for the version,
// and for what Infer finds by itself, counts of cells and levels.
func (m *Metadata) ValidateGiven() error { return m.validate(true) }

func (m *Metadata) validate(given bool) error {
	if err := checkNames("", 0, m.Names()); err != nil {
		return err
	}
	for j := range m.Columns {
		f := &m.Columns[j]
		if _, err := ParseType(string(f.Type)); err != nil {
			err.(*Error).Column = f.Name
			return err
		}
		found := f.invalid(given)
		if found == "" && !given {
			found = m.invalidFollows(j)
		}
		if found != "" {
			return &Error{Column: f.Name, Found: "metadata with " + found, Remedy: "correct it or infer it anew"}
		}
		if !given && m.Rows < f.Missing {
			return &Error{Column: f.Name, Found: "metadata with more missing cells than rows", Remedy: "correct it or infer it anew"}
		}
	}
	return nil
}

// invalid says what is wrong with f, in any column or in one of its type, or "". What is
// given to Infer may lack levels, which it finds, and their clusters fit those.
func (f *Field) invalid(given bool) string {
	if f.Missing < 0 {
		return "a negative count"
	}
	if f.Condition && !f.Modeled() {
		return "a condition that is neither categorical nor a number"
	}
	if s := f.Sequence; s != nil && (s.First < 0 || s.Width < 0 || s.Width > 64) {
		return "an impossible sequence"
	}
	if d := f.Digits; d != nil && (d.Max < Shortest || d.Max > maxDecimals || d.Min < 0 || d.Min > maxDecimals) {
		return fmt.Sprintf("%d to %d digits", d.Min, d.Max)
	}
	if r := f.Range; r != nil && !(r.Min <= r.Max && !math.IsInf(r.Min, 0) && !math.IsInf(r.Max, 0)) {
		return "an impossible range"
	}
	if f.Style != nil && f.Style.invalid() != "" {
		return f.Style.invalid()
	}
	if f.Grid != nil {
		if f.Digits == nil || f.Digits.Max == Shortest {
			return "a grid but no digits"
		}
		if found := f.Grid.invalid(); found != "" {
			return found
		}
	}
	if f.Map != nil {
		if f.Digits == nil || f.Range == nil {
			return "a map but no digits or range"
		}
		if found := f.Map.invalid(); found != "" {
			return found
		}
	}
	for k, a := range f.Atoms {
		if k > 0 && !(f.Atoms[k-1].Value < a.Value) {
			return "atoms that are not in increasing order"
		}
		if math.IsNaN(a.Value) || math.IsInf(a.Value, 0) || !(a.Share >= 0 && a.Share <= 1) {
			return "an impossible atom"
		}
	}
	if f.Parquet != nil {
		if found := f.Parquet.invalid(); found != "" {
			return found
		}
	}
	if found := f.invalidLevels(given); found != "" {
		return found
	}
	if given && f.HasLevels() && len(f.Levels) == 0 {
		return ""
	}
	return f.Type.column().invalid(f)
}

func (f *Field) invalidLevels(given bool) string {
	seen := make(map[string]bool, len(f.Levels))
	grouped := 0
	for _, l := range f.Levels {
		if l.Name == "" && f.Parquet == nil || seen[l.Name] {
			return "levels that are empty or repeated"
		}
		if l.Count < 0 {
			return "a negative count"
		}
		seen[l.Name] = true
		if l.Grouped {
			grouped++
		}
	}
	if f.Rest != "" && !seen[f.Rest] {
		return "a rest that is none of its levels"
	}
	if grouped == 1 {
		return "a group of one level"
	}
	if f.Clustering != nil && !f.HasLevels() {
		return "a code that is not of levels"
	}
	if f.Clustering != nil && !given {
		return f.Clustering.invalid(f.items())
	}
	return ""
}

// UnmarshalJSON implements json.Unmarshaler. It refuses unknown keys, so that
// a misspelled one is not ignored. What was read is checked where it is used:
// by Infer, which completes it, or by NewCodec.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	type plain Metadata
	var p plain
	if err := decodeStrict(data, &p); err != nil {
		return fmt.Errorf("datasets: reading metadata: %w", err)
	}
	*m = Metadata(p)
	return nil
}

func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// maxColumns is the most columns of a table.
const maxColumns = 1 << 14

// checkWidth errs when a table has too many columns.
func checkWidth(file string, row, n int) error {
	if n > maxColumns {
		return &Error{File: file, Row: row, Found: fmt.Sprintf("%d columns", n), Remedy: fmt.Sprintf("give at most %d", maxColumns)}
	}
	return nil
}

// checkNames errs unless names are a proper header.
func checkNames(file string, row int, names []string) error {
	if len(names) == 0 {
		return &Error{File: file, Row: row, Found: "no columns", Remedy: "give at least one"}
	}
	seen := make(map[string]int, len(names))
	for j, name := range names {
		if name == "" {
			return &Error{File: file, Row: row, Found: fmt.Sprintf("the name of column %d is empty", j+1), Remedy: "name every column in the header"}
		}
		if k, twice := seen[name]; twice {
			return &Error{File: file, Row: row, Column: name, Found: fmt.Sprintf("columns %d and %d have the same name", k+1, j+1), Remedy: "rename one"}
		}
		seen[name] = j
	}
	return nil
}
