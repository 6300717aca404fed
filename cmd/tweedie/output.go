package main

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tweedie/datasets"
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
		return nil, badUsage("--out %s: no %s is written: give a name that ends in .csv, .parquet, .npy or .npz", path, ending)
	}
	if file, array := datasets.SplitArray(path); array != "" {
		return nil, badUsage("--out %s: one array is written to a file: give the name %s", path, file)
	}
	switch format := datasets.FormatOf(path); {
	case datasets.Gzipped(path) && format == datasets.Parquet:
		return nil, badUsage("--out %s: Parquet is compressed as it is: give a name that ends in .parquet", path)
	case datasets.Gzipped(path) && format == datasets.NPZ:
		return nil, badUsage("--out %s: an archive is not compressed again: give a name that ends in .npz, or .npy.gz", path)
	}
	f, err := atomicfile.Create(path)
	if err != nil || !datasets.Gzipped(path) {
		return f, err
	}
	return newGzipSink(f), nil
}

// textOutput is output of what has no other format than text.
func (a *app) textOutput(path string) (sink, error) {
	if datasets.FormatOf(path) != datasets.CSV {
		return nil, badUsage("--out %s: this is written as text only: give a name that ends in .csv or .txt", path)
	}
	return a.output(path)
}

// apart errs when an output would replace a file that is read, or another output:
// nobody means that who repeats a command with one word less. What is no regular file,
// as stdout, is apart.
func (a *app) apart(outs []string, ins ...string) error {
	ins = append(ins, a.config)
	for k, out := range outs {
		if info, err := os.Stat(out); out == "" || out == "-" || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if slices.ContainsFunc(outs[:k], func(o string) bool { return sameFile(o, out) }) {
			return badUsage("%s would be written twice: give each output a name of its own", out)
		}
		if slices.ContainsFunc(ins, func(in string) bool { return sameFile(in, out) }) {
			return badUsage("%s would be replaced by what is made of it: give another file to write", out)
		}
	}
	return nil
}

// sameFile tells whether two names are of one file, whether or not it is there.
func sameFile(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	a, _ = datasets.SplitArray(a)
	b, _ = datasets.SplitArray(b)
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(x, y)
	}
	return errors.Is(errA, fs.ErrNotExist) && errors.Is(errB, fs.ErrNotExist) && target(a) == target(b)
}

// target is where a name leads to.
func target(path string) string {
	path, _ = atomicfile.Resolve(path)
	path, _ = filepath.Abs(path)
	return path
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

// gzipSink compresses what is written to a file.
type gzipSink struct {
	*gzip.Writer
	file sink
}

func newGzipSink(file sink) sink { return &gzipSink{gzip.NewWriter(file), file} }

func (s *gzipSink) Commit() error {
	if err := s.Close(); err != nil {
		return err
	}
	return s.file.Commit()
}

func (s *gzipSink) Abort() { s.file.Abort() }
