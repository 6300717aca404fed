// Package atomicfile writes files that are either whole or not there.
//
// Create opens a temporary file beside the target, Commit moves it over the
// target, Abort throws it away:
//
//	f, err := atomicfile.Create(path)
//	if err != nil {
//		return err
//	}
//	defer f.Abort() // does nothing after Commit
//	… write to f …
//	return f.Commit()
//
// Write does all of this with a function that writes.
//
// Until Commit returns, a reader sees the old file (or none); afterwards the
// new one. A full disk, an error half-way or a killed process cannot damage
// what was there. The temporary file of a killed process stays in the folder
// as a hidden ".name.0.tmp" until the next Create of the same target, which
// takes it over.
//
// Acquire lets one process alone write a file for longer than that.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxTemp bounds the search for a temporary name that no one else is writing.
const maxTemp = 1000

var errClosed = errors.New("already committed or aborted")

// File is a file being written. Writes are buffered, and the first error
// sticks: Commit reports it. It is not safe for concurrent use.
type File struct {
	path  string // as the caller gave it, for messages
	dst   string // what is replaced: path with its symbolic links resolved
	tmp   string // the temporary file; empty when writing straight to a device
	fresh bool   // there was no file at dst
	file  *os.File
	buf   *bufio.Writer
	done  bool
}

// Create starts to write the file at path. Its folder must exist and be
// writable. A link is followed, also to a file that is not there yet, and an
// existing file lends the new one its permissions. A device or pipe (/dev/stdout) cannot be replaced: it is written
// directly, and Abort cannot undo that.
func Create(path string) (*File, error) {
	if path == "" {
		return nil, errors.New(`cannot write "": the file name is empty`)
	}
	f := &File{path: path, dst: path}
	var perm fs.FileMode
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("cannot write %q: it is a directory: name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		if f.file, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
			return nil, f.explain(err)
		}
		f.buf = bufio.NewWriterSize(f.file, 1<<16)
		return f, nil
	case err == nil:
		perm = info.Mode().Perm()
	}
	if base := filepath.Base(path); base == "." || base == string(filepath.Separator) || os.IsPathSeparator(path[len(path)-1]) {
		return nil, fmt.Errorf("cannot write %q: it names a folder: name a file in it", path)
	}
	f.fresh = perm == 0
	var err error
	if f.dst, err = Resolve(path); err != nil {
		return nil, f.explain(err)
	}
	if err := f.openTemp(); err != nil {
		return nil, err
	}
	if perm != 0 {
		if err := f.file.Chmod(perm); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			f.Abort()
			return nil, f.explain(err)
		}
	}
	f.buf = bufio.NewWriterSize(f.file, 1<<16)
	return f, nil
}

func (f *File) openTemp() error {
	dir, base := filepath.Split(f.dst)
	for i := range maxTemp {
		tmp := filepath.Join(dir, fmt.Sprintf(".%s.%d.tmp", base, i))
		file, err := openExclusive(tmp)
		if errors.Is(err, errBusy) {
			continue
		}
		if err != nil {
			return f.explain(err)
		}
		f.file, f.tmp = file, tmp
		return nil
	}
	return fmt.Errorf("cannot write %q: the folder has %d unfinished files of that name: remove .%s.*.tmp", f.path, maxTemp, base)
}

// Write appends p to the file.
func (f *File) Write(p []byte) (int, error) {
	if f.done {
		return 0, f.explain(errClosed)
	}
	n, err := f.buf.Write(p)
	if err != nil {
		err = f.explain(err)
	}
	return n, err
}

// WriteString appends s to the file.
func (f *File) WriteString(s string) (int, error) {
	if f.done {
		return 0, f.explain(errClosed)
	}
	n, err := f.buf.WriteString(s)
	if err != nil {
		err = f.explain(err)
	}
	return n, err
}

// Commit moves the file, complete and on the disk, to its place. If anything
// fails, now or in an earlier Write, it aborts and returns the error.
func (f *File) Commit() error {
	if f.done {
		return f.explain(errClosed)
	}
	if err := f.commit(); err != nil {
		f.Abort()
		return f.explain(err)
	}
	return nil
}

// CommitAll commits all files or none: it moves the first only when all are complete and on
// the disk. If a move fails nevertheless, those that were moved before are removed, unless
// they have replaced a file.
func CommitAll(files ...*File) error {
	err := func() error {
		for _, f := range files {
			if f.done {
				return f.explain(errClosed)
			}
			if err := f.flush(); err != nil {
				return f.explain(err)
			}
		}
		for i, f := range files {
			if err := f.Commit(); err != nil {
				for _, moved := range files[:i] {
					if moved.fresh {
						os.Remove(moved.dst)
					}
				}
				return err
			}
		}
		return nil
	}()
	if err != nil {
		for _, f := range files {
			f.Abort()
		}
	}
	return err
}

// flush brings what was written to the disk.
func (f *File) flush() error {
	if err := f.buf.Flush(); err != nil || f.tmp == "" {
		return err
	}
	return f.file.Sync()
}

func (f *File) commit() error {
	if err := f.flush(); err != nil {
		return err
	}
	if f.tmp == "" {
		f.done = true
		return f.file.Close()
	}
	if err := moveOver(f.file, f.tmp, f.dst); err != nil {
		return err
	}
	f.done = true
	syncDir(filepath.Dir(f.dst))
	return nil
}

// Abort gives up and removes what was written. After Commit or Abort it does
// nothing.
func (f *File) Abort() {
	if f.done {
		return
	}
	f.done = true
	if f.tmp == "" {
		f.file.Close()
		return
	}
	discard(f.file, f.tmp)
}

var _ io.StringWriter = (*File)(nil)

// explain turns an error of the file system into one line that names the
// caller's file, not the temporary one, and says what to do.
func (f *File) explain(err error) error {
	var seen *writeError
	if errors.As(err, &seen) {
		return err
	}
	cause := err
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		cause = pe.Err
	case errors.As(err, &le):
		cause = le.Err
	}
	dir := filepath.Dir(f.dst)
	hint := ""
	switch {
	case isFull(err):
		hint = "the disk or quota is full: free some space or write elsewhere"
	case errors.Is(err, fs.ErrNotExist):
		hint = fmt.Sprintf("folder %q does not exist: create it first", dir)
	case errors.Is(err, fs.ErrPermission):
		hint = fmt.Sprintf("folder %q is not writable: choose another one", dir)
	case isNotDir(err):
		hint = fmt.Sprintf("%q is not a folder", dir)
	}
	return &writeError{f.path, hint, cause}
}

type writeError struct {
	path, hint string
	cause      error
}

func (e *writeError) Error() string {
	if e.hint == "" {
		return fmt.Sprintf("cannot write %q: %v", e.path, e.cause)
	}
	return fmt.Sprintf("cannot write %q: %s (%v)", e.path, e.hint, e.cause)
}

func (e *writeError) Unwrap() error { return e.cause }
