package kernel

// SameBits reports whether the kernels of two paths, by name, give the same bits: those of
// "avx512", "avx2" and "neon" do, "go" is alone. A name that is unknown here has only its own.
//
// It says nothing of what surrounds the kernels: in float64 a program of another
// architecture may round otherwise, see Arch.
func SameBits(a, b string) bool {
	return a == b || fused(a) && fused(b)
}

// Arch is the architecture, as in GOARCH, that a path by name belongs to, or "" for "go" and for
// an unknown name. On arm64 Go's compiler fuses float64 products into sums, and package math
// has assembly of its own, so a run gives other bits there than on amd64.
func Arch(path string) string {
	switch path {
	case pathNames[pathAVX512], pathNames[pathAVX2]:
		return "amd64"
	case pathNames[pathNEON]:
		return "arm64"
	}
	return ""
}

// fused reports whether a path is assembly with fused multiply-adds.
func fused(path string) bool { return Arch(path) != "" }
