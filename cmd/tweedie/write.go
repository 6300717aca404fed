package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"tweedie/internal/atomicfile"
)

// makeFolder makes the folder of --out if need be.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w; name another one with --out", path, err)
	}
	return nil
}

// writableFolder makes a folder, and errs where the file name cannot be written into it: for
// work that is long. It does nothing without a folder.
func writableFolder(dir, name string) error {
	if dir == "" {
		return nil
	}
	if err := makeFolder(dir); err != nil {
		return err
	}
	return writable(filepath.Join(dir, name))
}

// writable errs where a file cannot be written: before work that is long. "" and - are none.
func writable(paths ...string) error {
	for _, path := range paths {
		if path == "" || path == "-" {
			continue
		}
		f, err := atomicfile.Create(path)
		if err != nil {
			return err
		}
		f.Abort()
	}
	return nil
}

func writeFile(path string, b []byte) error {
	return atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(b); return err })
}

// encodeJSON writes v as indented JSON.
func encodeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// writeReport prints a report as text, after writing it to the file of --json. If that
// is -, it prints the report as JSON instead.
func (a *app) writeReport(path string, report any, text func(io.Writer) error) error {
	if path == "-" {
		return encodeJSON(a.stdout, report)
	}
	if path != "" {
		if err := atomicfile.Write(path, func(w io.Writer) error { return encodeJSON(w, report) }); err != nil {
			return err
		}
	}
	return text(a.stdout)
}

// aligned aligns the cells of lines, which tabs separate. It must be flushed.
func aligned(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }
