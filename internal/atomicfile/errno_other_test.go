//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package atomicfile

import "syscall"

const errFull = syscall.Errno(112) // ERROR_DISK_FULL
