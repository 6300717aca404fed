package datasets

// DefaultMissing lists the spellings, in any case, of a cell without a value in a
// file of text. Metadata.Missing replaces the list; an empty cell is missing always.
func DefaultMissing() []string {
	return []string{"", "NA", "N/A", "#N/A", "<NA>", "NaN", "null", "?"}
}

// Metadata describes the columns of a mixed table. Infer estimates it, Fit
// completes it, and between the two it may be edited, as JSON too: see
// InferOptions.Metadata. It is part of a model file; numbers survive exactly.
type Metadata struct {
	Version int      `json:"version"`
	Rows    int      `json:"rows"`    // rows that it was estimated from
	Missing []string `json:"missing"` // spellings of a missing cell in files of text, in any case
	Columns []Field  `json:"columns"` // all of them, in the order of the file

	// MissingParquet are spellings of a missing cell in Parquet files, beside null and
	// NaN.
	MissingParquet []string `json:"missing_parquet,omitempty"`
	// Parquet is what the file said beside its columns, by key.
	Parquet map[string]string `json:"parquet,omitempty"`
}

// MetadataVersion is the version of the metadata that this package writes.
const MetadataVersion = 1

// Field returns the column called name, or nil.
func (m *Metadata) Field(name string) *Field {
	for j := range m.Columns {
		if m.Columns[j].Name == name {
			return &m.Columns[j]
		}
	}
	return nil
}

// Names returns the names of the columns.
func (m *Metadata) Names() []string {
	names := make([]string, len(m.Columns))
	for j := range m.Columns {
		names[j] = m.Columns[j].Name
	}
	return names
}

// indices returns the columns that are, in order.
func (m *Metadata) indices(are func(f *Field) bool) []int {
	var list []int
	for j := range m.Columns {
		if are(&m.Columns[j]) {
			list = append(list, j)
		}
	}
	return list
}

// modeled returns the names of the columns that have blocks, or are conditions.
func (m *Metadata) modeled() []string {
	var names []string
	for _, j := range m.indices((*Field).Modeled) {
		names = append(names, m.Columns[j].Name)
	}
	return names
}
