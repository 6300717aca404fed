package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tweedie/internal/suggest"
)

// WriteJSON writes the metadata as indented JSON, which ReadMetadata reads.
func (m *Metadata) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // it is read by people
	return e.Encode(m)
}

// ReadMetadata reads metadata from a file that WriteJSON has written and somebody may have
// edited. It errs for a file of something else, for another version, and where ValidateGiven
// does.
func ReadMetadata(path string) (*Metadata, error) {
	const remedy = "give --metadata a file that describe --json has printed"
	b, err := os.ReadFile(path)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("%s: %w; %s", path, err, remedy)
	}
	m := new(Metadata)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: %w; %s", path, err, remedy)
	}
	if m.Version != MetadataVersion {
		return nil, fmt.Errorf("%s: metadata of version %d, where %d is known; %s", path, m.Version, MetadataVersion, remedy)
	}
	for _, f := range m.Columns {
		if r := f.Range; r != nil && r.Min > r.Max {
			return nil, fmt.Errorf("%s: column %s: a range from %g to %g: exchange the two", path, suggest.Quote(f.Name), r.Min, r.Max)
		}
	}
	if err := m.ValidateGiven(); err != nil {
		if e, ok := err.(*Error); ok && e.File == "" {
			e.File = path
		}
		return nil, err
	}
	return m, nil
}
