package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Environment names the variable that forces a path: "avx512", "avx2", "neon" or "go".
// It is read once, when the program starts; unset or empty picks the best.
const Environment = "TWEEDIE_KERNEL"

// path is the implementation behind the float32 kernels.
type path int

const (
	pathGo path = iota
	pathAVX2
	pathAVX512
	pathNEON
)

var pathNames = [...]string{pathGo: "go", pathAVX2: "avx2", pathAVX512: "avx512", pathNEON: "neon"}

// active is written once, before main; tests alone change it.
var active, pathErr = choose(os.Getenv(Environment))

// Path names the implementation of the float32 kernels in this process:
// "avx512", "avx2", "neon" or "go". All but the last give the same bits.
func Path() string { return pathNames[active] }

// PathError reports a value of TWEEDIE_KERNEL that is unknown or that this
// machine cannot run. The kernels then use the best path the machine has; a
// program that makes a promise about bits must stop instead.
func PathError() error { return pathErr }

// choose finds the path called name, or the best for the empty name.
func choose(name string) (path, error) {
	best := paths()[0]
	if name == "" {
		return best, nil
	}
	var known []string
	for _, p := range paths() {
		if pathNames[p] == name {
			return p, nil
		}
		known = append(known, pathNames[p])
	}
	return best, fmt.Errorf("kernel: %s=%q: this machine runs %s", Environment, name, strings.Join(known, ", "))
}
