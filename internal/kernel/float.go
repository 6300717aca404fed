package kernel

import "unsafe"

// Float is the element type of every kernel.
type Float interface{ float32 | float64 }

// Workspace is the scratch memory of the matrix products: one packed panel of
// B, packed columns of a transposed A, and results beside C: transposed ones of
// products with few columns, and last columns where tiles have no masks. The
// zero value is ready; it grows on first use and then allocates nothing. A
// Workspace serves one call at a time.
type Workspace struct {
	panel  []float32
	strips []float32
	flip   []float32
	edge   []float32
	args   tile // the call at hand, here so that it need not be allocated
}

// single reports whether T is float32. It is a constant of the instantiation,
// so the branch not taken costs nothing.
func single[T Float]() bool {
	var x T
	return unsafe.Sizeof(x) == 4
}

// f32 views s as float32; T must be float32.
func f32[T Float](s []T) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(s))), len(s))
}

// scratch returns n floats of *buf, the first on a cache-line boundary.
func scratch(buf *[]float32, n int) []float32 {
	const line = 64 / 4
	if cap(*buf) < n+line {
		*buf = make([]float32, n+line)
	}
	s := (*buf)[:cap(*buf)]
	off := int(-uintptr(unsafe.Pointer(&s[0]))&63) / 4
	return s[off : off+n]
}
