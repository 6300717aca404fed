//go:build amd64 || arm64

package kernel

import "unsafe"

// copyPanel copies k rows of w <= cols floats, a multiple of 8, and zeroes the
// rest of each packed row. Strides are in bytes.
//
//go:noescape
func copyPanel(dst, src unsafe.Pointer, k, stride, w, cols int)

// transpose8 transposes 8·groups rows of 8·n floats, stride ss bytes apart, into
// rows at stride ds, which it writes one after the other.
//
//go:noescape
func transpose8(dst, src unsafe.Pointer, groups, n, ss, ds int)

// together is the number of rows transposed side by side: more would share too
// few sets of the first-level cache when their stride is a power of two.
const together = 16

// packTransposed packs w rows of k floats, stride bytes apart, as k rows of
// cols, padded with zeros.
func packTransposed(dst, src unsafe.Pointer, stride, k, w, cols int) {
	out := unsafe.Slice((*float32)(dst), k*cols)
	j, k8 := w&^7, k&^7
	for r := 0; r < j && k8 > 0; r += together {
		transpose8(unsafe.Add(dst, 4*r), unsafe.Add(src, r*stride), min(together, j-r)/8, k8/8, stride, 4*cols)
	}
	for r := range j {
		packColumn(out, unsafe.Add(src, r*stride), k8, k, r, cols)
	}
	for ; j < w; j++ {
		packColumn(out, unsafe.Add(src, j*stride), 0, k, j, cols)
	}
	for p := 0; w < cols && p < k; p++ {
		clear(out[p*cols+w : (p+1)*cols])
	}
}

// packColumn scatters elements from..k of one row into column j.
func packColumn(out []float32, src unsafe.Pointer, from, k, j, cols int) {
	for p := from; p < k; p++ {
		out[p*cols+j] = *(*float32)(unsafe.Add(src, 4*p))
	}
}
