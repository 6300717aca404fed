package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// maxLinks bounds the links on the way to a file, as operating systems do.
const maxLinks = 40

var errLinks = errors.New("too many symbolic links")

// Resolve returns the name that Create(path) writes to: path with its symbolic links
// followed, whether or not there is a file at their end. It errs where they lead in a
// circle. Where a folder is missing, the name is left as it is for Create to complain.
func Resolve(path string) (string, error) {
	for range maxLinks {
		dir, base := filepath.Split(path)
		if dir == "" {
			dir = "."
		}
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			return path, nil
		}
		path = filepath.Join(dir, base)
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path, err
		}
		if !filepath.IsAbs(to) {
			to = dir + string(filepath.Separator) + to // not cleaned: a folder in it may be a link
		}
		path = to
	}
	return path, errLinks
}
