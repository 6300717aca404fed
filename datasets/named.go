package datasets

import (
	"fmt"

	"tweedie/internal/suggest"
)

// Named returns src with other names for the columns of a file that has none: an array of
// NumPy, whose columns are x1, x2, … otherwise. Files with a header keep theirs. Opening
// it errs where the numbers of names and columns differ.
func Named(src Source, names []string) Source { return &named{src, names} }

// HasNames reports whether the columns of a table have names of their own, as those of CSV
// and Parquet have, and arrays of NumPy have not.
func HasNames(src Source) bool {
	for {
		if _, is := src.(*npyFile); is {
			return false
		}
		outer, is := src.(interface{ Unwrap() Source })
		if !is {
			return true
		}
		src = outer.Unwrap()
	}
}

type named struct {
	Source
	names []string
}

// Unwrap returns the source below.
func (s *named) Unwrap() Source { return s.Source }

func (s *named) Open() (Records, error) {
	r, err := s.Source.Open()
	if err != nil || HasNames(s.Source) {
		return r, err
	}
	if n := len(r.Header()); n != len(s.names) {
		r.Close()
		return nil, &Error{File: s.Name(), Found: fmt.Sprintf("%d columns, where %d are wanted: %s", n, len(s.names), suggest.Join(s.names, 8)), Remedy: "give a column for each"}
	}
	return &namedRecords{r, s.names}, nil
}

type namedRecords struct {
	Records
	names []string
}

// Unwrap returns the records below.
func (r *namedRecords) Unwrap() Records { return r.Records }

func (r *namedRecords) Header() []string { return r.names }
