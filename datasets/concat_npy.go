package datasets

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"slices"

	"tweedie/internal/npy"
)

// ConcatNPY writes the rows of arrays of NumPy, in order, as one: the bytes that the writer
// of NewNPYCells would have written of all rows. archive is that of NewNPYCells. The files
// are .npy, compressed by gzip or not, or archives of one array, whose values are float64 in
// rows, as this package writes them; others are errors, as is another number of columns.
func ConcatNPY(w io.Writer, paths []string, archive bool) error {
	if len(paths) == 0 {
		return errors.New("datasets: no files to write one of")
	}
	rows, width := 0, 0
	for k, path := range paths {
		h, in, err := openRows(path)
		if err != nil {
			return err
		}
		in.Close()
		if k == 0 {
			width = h.Shape[1]
		}
		if h.Shape[1] != width {
			return fmt.Errorf("%s has %d columns, and %s has %d", path, h.Shape[1], paths[0], width)
		}
		rows += h.Shape[0]
	}
	if !archive {
		return concatRows(w, paths, rows, width)
	}
	z := zip.NewWriter(w)
	f, err := savedArray(z)
	if err == nil {
		err = concatRows(f, paths, rows, width)
	}
	if err != nil {
		return err
	}
	return z.Close()
}

// savedArray begins the only array of an archive.
func savedArray(z *zip.Writer) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: savedAs + ".npy", Method: zip.Store})
}

func concatRows(w io.Writer, paths []string, rows, width int) error {
	if _, err := w.Write(npy.Append(nil, rows, width)); err != nil {
		return err
	}
	for _, path := range paths {
		if err := copyRows(w, path); err != nil {
			return err
		}
	}
	return nil
}

// copyRows copies the values of an array, of which there must be as many as its header says.
func copyRows(w io.Writer, path string) error {
	h, in, err := openRows(path)
	if err != nil {
		return err
	}
	defer in.Close()
	n, err := io.Copy(w, in)
	if err == nil && n != h.Bytes() {
		err = fmt.Errorf("%d bytes of values, where the shape %s needs %d", n, h.ShapeText(), h.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// openRows opens an array of the kind that is written, and reads up to its first value.
func openRows(path string) (h *npy.Header, in io.ReadCloser, err error) {
	src, err := OpenTable(path)
	if err != nil {
		return nil, nil, err
	}
	f, ok := src.(*npyFile)
	if !ok {
		return nil, nil, &Error{File: path, Found: "is no array of NumPy", Remedy: "write it again"}
	}
	if in, _, err = f.open(); err != nil {
		return nil, nil, err
	}
	if h, err = npy.Read(in); err == nil && (h.Type != npy.Type{Kind: 'f', Size: 8} || h.Fortran || len(h.Shape) != 2 || slices.Contains(h.Shape[1:], 0)) {
		err = errors.New("its values are not float64 in rows, as they are written here")
	}
	if err != nil {
		in.Close()
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return h, in, nil
}
