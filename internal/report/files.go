package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tweedie/internal/atomicfile"
)

// File is a file of a folder, by what fills it.
type File struct {
	Name string
	Fill func(io.Writer) error
}

// WriteFiles writes files into a folder that is there, one after the other, each whole or not
// at all.
func WriteFiles(dir string, files ...File) error {
	for _, f := range files {
		if err := atomicfile.Write(filepath.Join(dir, f.Name), f.Fill); err != nil {
			return err
		}
	}
	return nil
}

// JSON fills a file with v as indented JSON.
func JSON(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
}

// ReadJSON reads values from files of JSON, one each.
func ReadJSON[T any](paths ...string) ([]*T, error) {
	var list []*T
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		v := new(T)
		if err := json.Unmarshal(b, v); err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		list = append(list, v)
	}
	return list, nil
}
