package datasets

import "fmt"

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
