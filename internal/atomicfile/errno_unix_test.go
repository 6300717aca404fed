//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import "syscall"

const errFull = syscall.ENOSPC
