//go:build !unix

package process

import "os/exec"

func own(*exec.Cmd) {}

// kill ends the program.
func kill(cmd *exec.Cmd) { cmd.Process.Kill() }
