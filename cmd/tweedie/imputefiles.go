package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/atomicfile"
)

// paths are the files to write: one, or one per draw, as full.1.csv for full.csv.
func (o *imputeFlags) paths() []string {
	if o.draws == 1 || o.point {
		return []string{o.out}
	}
	var paths []string
	ext := filepath.Ext(o.out)
	if datasets.Gzipped(o.out) {
		ext = filepath.Ext(strings.TrimSuffix(o.out, ext)) + ext
	}
	for k := range o.draws {
		paths = append(paths, fmt.Sprintf("%s.%d%s", strings.TrimSuffix(o.out, ext), k+1, ext))
	}
	return paths
}

// drawNames tell the paths of one command from each other.
func (o *imputeFlags) drawNames() (names []string) {
	for k := range o.paths() {
		names = append(names, fmt.Sprintf("draw %d", k+1))
	}
	return names
}

// outputs are files of which all are written, or none.
type outputs []sink

// outputs opens files to write.
func (a *app) outputs(paths []string) (outputs, error) {
	var s outputs
	for _, p := range paths {
		f, err := a.output(p)
		if err != nil {
			s.abort()
			return nil, err
		}
		s = append(s, f)
	}
	return s, nil
}

func (s outputs) writers() (w []io.Writer) {
	for _, f := range s {
		w = append(w, f)
	}
	return w
}

// unchanged tells whether a table without missing cells may be copied byte by byte.
func (o *imputeFlags) unchanged() bool { return o.in != "-" && datasets.SameFormat(o.in, o.out) }

// copy writes the bytes of a file to every output.
func (s outputs) copy(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err = io.Copy(io.MultiWriter(s.writers()...), f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// commit is of no use after an error.
func (s outputs) commit() error {
	var files []*atomicfile.File
	for _, f := range s {
		if file, ok := f.(*atomicfile.File); ok {
			files = append(files, file)
		} else if err := f.Commit(); err != nil {
			return err
		}
	}
	return atomicfile.CommitAll(files...)
}

func (s outputs) abort() {
	for _, f := range s {
		f.Abort()
	}
}
