package datasets

import (
	"io"
	"os"
	"strings"
)

// Gzipped reports whether a file of that name is written compressed: it ends in .gz.
func Gzipped(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".gz") }

// SameFormat reports whether the bytes of a file may stand under another name: they are of the
// format of that name, and neither is compressed or an archive.
func SameFormat(file, name string) bool {
	if Gzipped(name) {
		return false
	}
	parquet, array := starts(file, "PAR1"), starts(file, "\x93NUMPY")
	switch FormatOf(name) {
	case Parquet:
		return parquet
	case NPY:
		return array
	case NPZ:
		return false
	}
	return !parquet && !array && !starts(file, "PK") && !starts(file, "\x1f\x8b")
}

// starts reports whether a file starts with some bytes.
func starts(path, magic string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	b := make([]byte, len(magic))
	_, err = io.ReadFull(f, b)
	return err == nil && string(b) == magic
}
