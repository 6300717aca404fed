package shard

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"tweedie/datasets"
	"tweedie/internal/atomicfile"
)

// FormatError says that a whole is to be written in another format than a part has.
type FormatError struct{ Whole, Part string } // names of files

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s is written from parts of the same format, and %s is of another: give a name that ends in %s", e.Whole, e.Part, ending(e.Part))
}

// ending is that of the names of a format.
func ending(path string) string {
	switch datasets.FormatOf(path) {
	case datasets.Parquet:
		return ".parquet"
	case datasets.NPY:
		return ".npy"
	case datasets.NPZ:
		return ".npz"
	}
	return ".csv"
}

// Merge writes the whole to a file: the bytes that one run would have written under that
// name. It is CSV or .npy, compressed for .gz, of parts that are CSV or .npy, compressed or
// not; Parquet of Parquet; or .npz of .npz. Parts of another format are a FormatError. The
// file is there whole or not at all.
func (l Parts) Merge(path string) error {
	var paths []string
	for _, f := range l {
		if datasets.FormatOf(f.Path) != datasets.FormatOf(path) {
			return &FormatError{path, f.Path}
		}
		paths = append(paths, f.Path)
	}
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	w, finish := io.Writer(out), func() error { return nil }
	if datasets.Gzipped(path) {
		z := gzip.NewWriter(out)
		w, finish = z, z.Close
	}
	switch f := datasets.FormatOf(path); f {
	case datasets.Parquet:
		err = datasets.ConcatParquet(w, paths)
	case datasets.NPY, datasets.NPZ:
		err = datasets.ConcatNPY(w, paths, f == datasets.NPZ)
	default:
		err = l.WriteCSV(w)
	}
	if err := errors.Join(err, finish()); err != nil {
		return err
	}
	return out.Commit()
}

// WriteCSV writes the text of the whole: the header of the first part, and the rows of all.
func (l Parts) WriteCSV(w io.Writer) error {
	var header []byte
	for k, f := range l {
		if err := f.text(func(r *bufio.Reader) error {
			head, err := readHeader(r)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
			if k == 0 {
				header = head
				if _, err := w.Write(head); err != nil {
					return err
				}
			}
			if !bytes.Equal(head, header) {
				return fmt.Errorf("%s has another header than %s: run that part again", f.Path, l[0].Path)
			}
			if _, err := r.WriteTo(w); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// text opens a part, compressed or not.
func (f File) text(use func(*bufio.Reader) error) error {
	file, err := os.Open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<16)
	if magic, _ := r.Peek(2); string(magic) != "\x1f\x8b" {
		return use(r)
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	return use(bufio.NewReaderSize(z, 1<<16))
}

// readHeader reads up to the end of the first line that is not within quotes.
func readHeader(r *bufio.Reader) ([]byte, error) {
	var head []byte
	quotes := 0
	for {
		line, err := r.ReadBytes('\n')
		head = append(head, line...)
		quotes += bytes.Count(line, []byte{'"'})
		if errors.Is(err, io.EOF) {
			return head, nil
		}
		if err != nil {
			return nil, err
		}
		if quotes%2 == 0 {
			return head, nil
		}
	}
}
