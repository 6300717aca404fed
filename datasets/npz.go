package datasets

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tweedie/internal/suggest"
)

// SplitArray takes file.npz:name apart, which names one array of a file of several. array
// is "" where path names none.
func SplitArray(path string) (file, array string) {
	const ending = ".npz:"
	if i := strings.LastIndex(strings.ToLower(path), ending); i >= 0 {
		return path[:i+len(ending)-1], path[i+len(ending):]
	}
	return path, ""
}

// npzTable is an array of the file at path: the one of that name, or the only one where
// the name is "". ok is false for a zip archive without arrays.
func npzTable(path, name, array string) (src Source, ok bool, err error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, true, &Error{File: name, Found: "is not a readable .npz file", Remedy: "check the file and its disk; numpy.savez writes one", Err: err}
	}
	defer z.Close()
	at, names := -1, []string(nil)
	for k, f := range z.File {
		member, is := strings.CutSuffix(f.Name, ".npy")
		if !is {
			continue
		}
		names = append(names, member)
		if array == "" && len(names) == 1 || member == array {
			at = k
		}
	}
	if len(names) == 0 {
		return nil, false, nil
	}
	switch {
	case array == "" && len(names) > 1:
		return nil, true, &Error{File: name, Found: "the arrays " + suggest.Join(names, 8), Remedy: "name one, as " + name + ":" + names[0]}
	case at < 0:
		return nil, true, &Error{File: path, Found: "no array is called " + suggest.Quote(array), Remedy: suggest.Hint(array, names)}
	}
	return &npyFile{name, func() (io.ReadCloser, int64, error) { return openMember(path, name, at) }}, true, nil
}

// openMember opens member at of an archive. The length that it gives is not believed, since
// reading finds out.
func openMember(path, name string, at int) (io.ReadCloser, int64, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, 0, openError(name, err)
	}
	if at >= len(z.File) {
		z.Close()
		return nil, 0, &Error{File: name, Found: "has changed while it was read", Remedy: "read it when it is written"}
	}
	r, err := z.File[at].Open()
	if err != nil {
		z.Close()
		return nil, 0, &Error{File: name, Found: "cannot be decompressed", Remedy: "write it with numpy.savez or numpy.savez_compressed", Err: err}
	}
	return &member{r, z}, -1, nil
}

// member is one file of an archive.
type member struct {
	io.ReadCloser
	archive io.Closer
}

func (m *member) Close() error { return errors.Join(m.ReadCloser.Close(), m.archive.Close()) }

// needsArray errs where an array is named of a file that is no archive.
func needsArray(name, array string) error {
	if array == "" {
		return nil
	}
	return &Error{File: name, Found: "is no archive of arrays", Remedy: fmt.Sprintf("leave :%s away, or write one with numpy.savez", array)}
}

// existing is path, where a file has just that name, and else what SplitArray says of it.
func existing(path string) (file, array string) {
	if _, err := os.Stat(path); err == nil {
		return path, ""
	}
	return SplitArray(path)
}
