//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

var errBusy = errors.New("another process is writing it")

// openExclusive creates a temporary file for this File alone.
func openExclusive(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, os.ErrExist) {
		return nil, errBusy
	}
	return file, err
}

// moveOver closes first: an open file cannot be renamed on Windows, while
// os.Rename replaces an existing target there too.
func moveOver(file *os.File, tmp, dst string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(tmp, dst)
}

func discard(file *os.File, tmp string) {
	file.Close()
	os.Remove(tmp)
}

// removeStale removes a lock that nobody has open: Windows does not let go of a file
// that another process holds.
func removeStale(name string) { os.Remove(name) }

func syncDir(string) {}

func isFull(err error) bool {
	const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112) // of Windows
	return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
}

func isNotDir(error) bool { return false }
