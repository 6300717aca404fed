package datasets

import (
	"errors"
	"io"
	"os"
)

// Spooled is a table that can be read once, kept in a temporary file to be read often.
type Spooled struct {
	Source
	path string
}

// Spool reads r to its end and returns the table in it, of the formats of OpenTable and
// under the given name. The table must be closed.
func Spool(r io.Reader, name string) (s *Spooled, err error) {
	f, err := os.CreateTemp("", "tweedie-*")
	if err != nil {
		return nil, err
	}
	s = &Spooled{path: f.Name()}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		s.Close()
		return nil, &Error{File: name, Found: "cannot be read", Remedy: "check where it comes from, and the room for temporary files", Err: err}
	}
	if s.Source, err = openTable(s.path, name); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Unwrap returns the source below.
func (s *Spooled) Unwrap() Source { return s.Source }

// Close removes the temporary file. The table cannot be read any more.
func (s *Spooled) Close() error { return os.Remove(s.path) }
