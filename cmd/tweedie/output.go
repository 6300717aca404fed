package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/internal/atomicfile"
)

// sink is a file that is whole or not there, or stdout.
type sink interface {
	io.Writer
	Commit() error
	Abort()
}

// foreign are the endings of files of formats that are not written.
var foreign = []string{".bz2", ".xz", ".zst", ".zip", ".xlsx", ".xls", ".ods", ".arrow", ".feather", ".db", ".sqlite"}

// output opens a file to write, or stdout.
func (a *app) output(path string) (sink, error) {
	if path == "" || path == "-" {
		return newStdoutSink(a.stdout), nil
	}
	if ending := strings.ToLower(filepath.Ext(path)); slices.Contains(foreign, ending) {
		return nil, badUsage("--out %s: no %s is written: give a name that ends in .csv or .parquet", path, ending)
	}
	if gzipped(path) && isParquet(path[:len(path)-len(".gz")]) {
		return nil, badUsage("--out %s: Parquet is compressed as it is: give a name that ends in .parquet", path)
	}
	f, err := atomicfile.Create(path)
	if err != nil || !gzipped(path) {
		return f, err
	}
	return newGzipSink(f), nil
}

// textOutput is output of what has no other format than text.
func (a *app) textOutput(path string) (sink, error) {
	if isParquet(path) {
		return nil, badUsage("--out %s: this is written as text only: give a name that ends in .csv or .txt", path)
	}
	return a.output(path)
}

// apart errs when an output would replace a file that is read: nobody means that
// who repeats a command with one word less. Files that are not there are apart.
func apart(out string, in ...string) error {
	target, err := os.Stat(out)
	if err != nil || !target.Mode().IsRegular() {
		return nil
	}
	for _, path := range in {
		if info, err := os.Stat(path); err == nil && os.SameFile(info, target) {
			return badUsage("%s would be replaced by what is made of it: give another file to write", out)
		}
	}
	return nil
}

// into fills the output that open gives for a path. An error leaves nothing behind.
func into(open func(path string) (sink, error), path string, fill func(w io.Writer) error) error {
	out, err := open(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := fill(out); err != nil {
		return err
	}
	return out.Commit()
}

func isParquet(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".parquet") }

// heldOutput is output, but stdout gets nothing before it is sure that all rows
// can be had.
func (a *app) heldOutput(path string) (sink, error) {
	if path != "" && path != "-" {
		return a.output(path)
	}
	f, err := os.CreateTemp("", "tweedie-*")
	if err != nil {
		return nil, err
	}
	return &heldSink{f, a.stdout}, nil
}

// heldSink is a file that is copied to w in the end.
type heldSink struct {
	*os.File
	w io.Writer
}

func (s *heldSink) Commit() error {
	if _, err := s.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(s.w, s.File)
	return err
}

func (s *heldSink) Abort() { _ = errors.Join(s.Close(), os.Remove(s.Name())) }
