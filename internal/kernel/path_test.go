package kernel

import (
	"strings"
	"testing"
)

// onPath runs f with the kernels forced to p. Tests that use it do not run in
// parallel.
func onPath(p path, f func()) {
	was := active
	defer func() { active = was }()
	active = p
	f()
}

// eachPath runs f as a subtest on every path of this machine.
func eachPath(t *testing.T, f func(t *testing.T)) {
	for _, p := range paths() {
		t.Run(pathNames[p], func(t *testing.T) { onPath(p, func() { f(t) }) })
	}
}

func TestChoose(t *testing.T) {
	for _, p := range paths() {
		if got, err := choose(pathNames[p]); got != p || err != nil {
			t.Errorf("choose(%q) = %v, %v", pathNames[p], got, err)
		}
	}
	if got, err := choose(""); got != paths()[0] || err != nil {
		t.Errorf("choose of nothing = %v, %v", got, err)
	}
	_, err := choose("sse9")
	if err == nil || !strings.Contains(err.Error(), Environment) || !strings.Contains(err.Error(), "sse9") {
		t.Errorf("unknown path: error %v", err)
	}
}
