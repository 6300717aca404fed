package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("another process is writing it")

// Lock keeps other processes from writing a file. It is a hidden file ".name.lock"
// beside the target.
type Lock struct {
	file *os.File
	name string
}

// Acquire takes the lock of the file at path, whose folder must exist; links are
// followed. It errs with ErrLocked where another holds it, in this process too. The lock
// of a killed process is free. On a file system that has no locks, one that a killed
// process has left cannot be told from one in use: the error says what to remove.
func Acquire(path string) (*Lock, error) {
	dst, err := Resolve(path)
	f := &File{path: path, dst: dst}
	if err != nil {
		return nil, f.explain(err)
	}
	dir, base := filepath.Split(dst)
	name := filepath.Join(dir, "."+base+".lock")
	removeStale(name)
	file, err := openExclusive(name)
	if errors.Is(err, errBusy) {
		return nil, fmt.Errorf("%w (it holds %s; on a file system without locks, remove that after a killed run)", ErrLocked, name)
	}
	if err != nil {
		return nil, f.explain(err)
	}
	return &Lock{file, name}, nil
}

// Release frees the lock and removes its file. On nil it does nothing.
func (l *Lock) Release() {
	if l != nil {
		discard(l.file, l.name)
	}
}
