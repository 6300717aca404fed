package kernel

import (
	"runtime"
	"testing"
)

// TestSameBitsAgrees compares the classes with what the paths of this machine compute.
func TestSameBitsAgrees(t *testing.T) {
	results := map[string][]float32{}
	for _, p := range paths() {
		onPath(p, func() { results[pathNames[p]] = vectorResults(37) })
		if arch := Arch(pathNames[p]); p != pathGo && arch != runtime.GOARCH {
			t.Errorf("%s is a path of %q", pathNames[p], arch)
		}
	}
	for a, x := range results {
		for b, y := range results {
			if _, same := sameBits(x, y); same != SameBits(a, b) {
				t.Errorf("%s and %s: same bits %v, classes say %v", a, b, same, SameBits(a, b))
			}
		}
	}
}

func TestClasses(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"avx512", "avx2", true}, {"neon", "avx2", true}, {"go", "go", true}, {"other", "other", true},
		{"go", "neon", false}, {"go", "avx512", false}, {"other", "avx2", false}, {"", "go", false},
	} {
		if got := SameBits(c.a, c.b); got != c.same || SameBits(c.b, c.a) != got {
			t.Errorf("SameBits(%q, %q) = %v", c.a, c.b, got)
		}
	}
	if Arch("neon") != "arm64" || Arch("avx2") != "amd64" || Arch("go") != "" {
		t.Error("a path has another architecture")
	}
}
