//go:build unix

package growth

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the most memory that a process which has ended has held, in bytes. On Linux that of
// the process which started it is a floor of it.
func peak(p *os.ProcessState) int64 {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}
