//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

var errBusy = errors.New("another process is writing it")

// openExclusive opens a temporary file for this File alone. Its writer holds an
// advisory lock for as long as it lives, so an existing file whose lock is free
// was left by a dead process: it is taken over, emptied. On a file system
// without locks a left-over cannot be told from a file in use and is not touched.
func openExclusive(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	fresh := err == nil
	if errors.Is(err, os.ErrExist) {
		file, err = os.OpenFile(name, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return nil, errBusy // gone meanwhile, somebody else's, or a link
		}
	}
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil && (!fresh || errors.Is(err, syscall.EWOULDBLOCK)) {
		file.Close()
		return nil, errBusy
	}
	// Between open and lock its former owner may have moved or removed it: then
	// the lock is on a file that is not ours.
	if !isAt(file, name) {
		file.Close()
		return nil, errBusy
	}
	if err := file.Truncate(0); err != nil {
		discard(file, name)
		return nil, err
	}
	return file, nil
}

func isAt(file *os.File, name string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Lstat(name)
	return err == nil && os.SameFile(a, b)
}

// moveOver renames before it closes: closing frees the lock, and the name must
// be gone by then.
func moveOver(file *os.File, tmp, dst string) error {
	if err := os.Rename(tmp, dst); err != nil {
		return err
	}
	return file.Close()
}

func discard(file *os.File, tmp string) {
	os.Remove(tmp)
	file.Close()
}

// removeStale does nothing: openExclusive takes over what a dead process has left.
func removeStale(string) {}

// syncDir makes the rename itself durable. File systems that cannot sync a
// folder say so here; the file is in place anyway.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
