//go:build unix

package growth

import (
	"os"
	"runtime"
	"syscall"
)

// peakMB is the peak of the resident memory of a process that has ended, in 2²⁰ bytes.
func peakMB(s *os.ProcessState) float64 {
	use, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	unit := 1024.0 // kilobytes, but on macOS
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		unit = 1
	}
	return float64(use.Maxrss) * unit / (1 << 20)
}
