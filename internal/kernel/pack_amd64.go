package kernel

import "unsafe"

// copyPanel copies k rows of w <= cols floats, a multiple of 8, and zeroes the
// rest of each packed row. Strides are in bytes.
//
//go:noescape
func copyPanel(dst, src unsafe.Pointer, k, stride, w, cols int)

// transpose8 writes 8·n columns of 8 rows, stride ss bytes apart, as 8·n rows
// of 8 at stride ds.
//
//go:noescape
func transpose8(dst, src unsafe.Pointer, n, ss, ds int)

// packTransposed packs w rows of k floats, stride bytes apart, as k rows of
// cols, padded with zeros.
func packTransposed(dst, src unsafe.Pointer, stride, k, w, cols int) {
	out := unsafe.Slice((*float32)(dst), k*cols)
	k8 := k &^ 7
	j := 0
	for ; j+8 <= w && k8 > 0; j += 8 {
		s := unsafe.Add(src, j*stride)
		transpose8(unsafe.Add(dst, 4*j), s, k8/8, stride, 4*cols)
		for r := range 8 {
			packColumn(out, unsafe.Add(s, r*stride), k8, k, j+r, cols)
		}
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
