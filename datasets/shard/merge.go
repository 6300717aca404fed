package shard

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tweedie/datasets"
	"tweedie/internal/atomicfile"
)

// Merge writes the whole to a file: the bytes that one run would have written under that
// name. It is CSV, compressed for .gz, of parts that are CSV, compressed or not; or Parquet
// of Parquet. The file is there whole or not at all.
func (l Parts) Merge(path string) error {
	name := strings.ToLower(path)
	parquet := strings.HasSuffix(name, ".parquet")
	for _, f := range l {
		if is := strings.HasSuffix(strings.ToLower(f.Path), ".parquet"); is != parquet {
			return fmt.Errorf("%s is written from parts of the same format, and %s is of another: give a name with its ending", path, f.Path)
		}
	}
	out, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer out.Abort()
	switch {
	case parquet:
		var paths []string
		for _, f := range l {
			paths = append(paths, f.Path)
		}
		err = datasets.ConcatParquet(out, paths)
	case strings.HasSuffix(name, ".gz"):
		z := gzip.NewWriter(out)
		err = errors.Join(l.WriteCSV(z), z.Close())
	default:
		err = l.WriteCSV(out)
	}
	if err != nil {
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
