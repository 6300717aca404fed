package datasets

import (
	"errors"
	"fmt"
	"slices"

	"tweedie/internal/suggest"
)

// ErrColumns is the cause of an error of a table that has not the columns of Columns.
var ErrColumns = errors.New("not the columns that are wanted")

// Columns returns src with just those columns, in that order. Opening it errs where one is
// not there, and for a column that is neither in names nor in ignored. A file without names,
// an array of NumPy whose columns are x1, x2, … otherwise, gets these: then it errs where
// their numbers differ.
func Columns(src Source, names []string, ignored ...string) Source {
	return &columnsOf{src, names, ignored}
}

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

type columnsOf struct {
	Source
	names, ignored []string
}

// Unwrap returns the source below.
func (s *columnsOf) Unwrap() Source { return s.Source }

func (s *columnsOf) Open() (Records, error) {
	r, err := s.Source.Open()
	if err != nil {
		return nil, err
	}
	at, err := s.match(r.Header())
	if err != nil {
		r.Close()
		return nil, err
	}
	return &columnsRecords{Records: r, names: s.names, at: at, cells: make([]string, len(at))}, nil
}

// match returns where each of the names is in a header.
func (s *columnsOf) match(header []string) ([]int, error) {
	at := make([]int, len(s.names))
	if !HasNames(s.Source) {
		if len(header) != len(at) {
			return nil, &Error{File: s.Name(), Found: fmt.Sprintf("%d columns, where %d are wanted: %s", len(header), len(at), suggest.List(s.names, 8)), Remedy: "give a column for each", Err: ErrColumns}
		}
		for k := range at {
			at[k] = k
		}
		return at, nil
	}
	for k, name := range s.names {
		if at[k] = slices.Index(header, name); at[k] < 0 {
			return nil, &Error{File: s.Name(), Found: "no column is called " + suggest.Quote(name), Remedy: fmt.Sprintf("give the columns %s; %s", suggest.List(s.names, 8), suggest.Hint(name, header)), Err: ErrColumns}
		}
	}
	for _, name := range header {
		if !slices.Contains(s.names, name) && !slices.Contains(s.ignored, name) {
			return nil, &Error{File: s.Name(), Column: name, Found: "a column beside " + suggest.List(s.names, 8), Remedy: "remove it, if it is not one of these", Err: ErrColumns}
		}
	}
	return at, nil
}

type columnsRecords struct {
	Records
	names []string
	at    []int
	cells []string
}

// Unwrap returns the records below.
func (r *columnsRecords) Unwrap() Records { return r.Records }

func (r *columnsRecords) Header() []string { return r.names }

func (r *columnsRecords) Next() ([]string, error) {
	cells, err := r.Records.Next()
	if err != nil {
		return nil, err
	}
	for k, j := range r.at {
		r.cells[k] = cells[j]
	}
	return r.cells, nil
}
