package kernel

// AddBias adds bias to each row of the rows x n matrix z of row
// stride ld. It panics if ld < n or a slice is too short.
func AddBias[T Float](z, bias []T, rows, n, ld int) {
	shape(rows, n)
	matrix(z, rows, n, ld)
	vector(bias, n)
	if rows == 0 || n == 0 {
		return
	}
	if single[T]() && addBias32(f32(z), f32(bias), rows, n, ld) {
		return
	}
	for i := range rows {
		r := z[i*ld:][:n]
		for j, b := range bias[:n] {
			r[j] += b
		}
	}
}

// MulColSum sets dz = g d, element by element on rows x n matrices of row stride
// ld, and sum to the column sums of dz; if acc, it adds them to sum. Each column is one chain
// in the order of the rows, begun from zero or from sum. dz may be g or d;
// sum overlaps nothing. It panics if ld < n or a slice is too short.
func MulColSum[T Float](dz, g, d, sum []T, rows, n, ld int, acc bool) {
	shape(rows, n)
	matrix(dz, rows, n, ld)
	matrix(g, rows, n, ld)
	matrix(d, rows, n, ld)
	vector(sum, n)
	if !acc {
		clear(sum[:n])
	}
	if rows == 0 || n == 0 {
		return
	}
	if single[T]() && mulColSum32(f32(dz), f32(g), f32(d), f32(sum), rows, n, ld) {
		return
	}
	s := sum[:n]
	for i := range rows {
		o, p, q := dz[i*ld:][:n], g[i*ld:][:n], d[i*ld:][:n]
		for j := range s {
			v := T(p[j] * q[j])
			o[j] = v
			s[j] += v
		}
	}
}

// ColSum sets sum to the column sums of the rows x n matrix g of row stride
// ld, or adds them to sum if acc, each column one chain in the order of the
// rows. It panics if ld < n or a slice is too short.
func ColSum[T Float](sum, g []T, rows, n, ld int, acc bool) {
	shape(rows, n)
	matrix(g, rows, n, ld)
	vector(sum, n)
	if !acc {
		clear(sum[:n])
	}
	if rows == 0 || n == 0 {
		return
	}
	if single[T]() && colSum32(f32(sum), f32(g), rows, n, ld) {
		return
	}
	s := sum[:n]
	for i := range rows {
		for j, v := range g[i*ld:][:n] {
			s[j] += v
		}
	}
}
