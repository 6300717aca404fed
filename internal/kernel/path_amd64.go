package kernel

import "golang.org/x/sys/cpu"

// paths lists what this machine can run, best first.
func paths() []path {
	var p []path
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		p = append(p, pathAVX512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		p = append(p, pathAVX2)
	}
	return append(p, pathGo)
}
