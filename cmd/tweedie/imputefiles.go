package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// paths are the files to write: one, or one per draw.
func (o *imputeFlags) paths() []string {
	if o.draws == 1 || o.point {
		return []string{o.out}
	}
	var paths []string
	for k := range o.draws {
		paths = append(paths, numbered(o.out, k+1))
	}
	return paths
}

// outputs are the files of an imputation.
type outputs struct {
	paths []string
	files []sink
}

// imputeOutputs opens the files to write.
func (a *app) imputeOutputs(o *imputeFlags) (*outputs, error) {
	s := &outputs{paths: o.paths()}
	for _, p := range s.paths {
		f, err := a.output(p)
		if err != nil {
			s.abort()
			return nil, err
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

// numbered is the name of the k-th of several files: full.csv has full.1.csv.
func numbered(path string, k int) string {
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s.%d%s", strings.TrimSuffix(path, ext), k, ext)
}

// sameFormat tells whether the bytes of in can be those of out.
func sameFormat(in, out string) bool {
	return isParquet(out) == isParquetFile(in)
}

// isParquetFile tells by its first bytes, as reading does.
func isParquetFile(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := make([]byte, 4)
	_, err = io.ReadFull(f, magic)
	return err == nil && string(magic) == "PAR1"
}

// copy writes the bytes of a file to every output.
func (s *outputs) copy(path string) error {
	for _, w := range s.files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func (s *outputs) commit() error {
	for _, f := range s.files {
		if err := f.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func (s *outputs) abort() {
	for _, f := range s.files {
		f.Abort()
	}
}
