//go:build linux || darwin

package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func init() { commands["tweedie-full"] = onFullDisk }

// onFullDisk is the command on a disk where no file can grow beyond FILE_LIMIT
// bytes.
func onFullDisk() {
	n, err := strconv.ParseUint(os.Getenv("FILE_LIMIT"), 10, 63)
	if err == nil {
		signal.Ignore(syscall.SIGXFSZ) // so that writes err
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	main()
}
