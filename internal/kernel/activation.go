package kernel

import "math"

// BiasSiLU sets, on rows x n matrices of row stride ld and with x = z + bias and
// s = 1/(1+exp(-x)),
//
//	y = silu(x) = x s        z = silu'(x) = s + x s (1 - s)
//
// so that the backward pass is one multiplication. y and z must not overlap.
// The derivative at ±Inf is its limit, 1 and 0; silu(-Inf) is NaN, as the
// formula has it, and NaN gives NaN.
// It panics if ld < n or a slice is too short.
//
// SiLU: Elfwing, Uchibe & Doya 2018, eq. 3 and 5 (arXiv:1702.03118).
func BiasSiLU[T Float](y, z, bias []T, rows, n, ld int) {
	BiasSiLUSkip(y, z, bias, nil, rows, n, ld)
}

// BiasSiLUSkip is BiasSiLU with a residual connection: y = skip + silu(x).
// skip must not overlap z; it may be y itself. nil means no connection.
func BiasSiLUSkip[T Float](y, z, bias, skip []T, rows, n, ld int) {
	shape(rows, n)
	matrix(y, rows, n, ld)
	matrix(z, rows, n, ld)
	vector(bias, n)
	if skip != nil {
		matrix(skip, rows, n, ld)
	}
	if rows == 0 || n == 0 {
		return
	}
	if single[T]() && biasSiLU32(f32(y), f32(z), f32(bias), f32(skip), rows, n, ld) {
		return
	}
	for i := range rows {
		for j, b := range bias[:n] {
			v, d := silu(z[i*ld+j] + b)
			z[i*ld+j] = d
			if skip != nil {
				v = skip[i*ld+j] + v
			}
			y[i*ld+j] = v
		}
	}
}

// BiasSiLUValue is BiasSiLU or, unless skip is nil, BiasSiLUSkip in place and
// without the derivative: y = silu(y + bias) or skip + silu(y + bias), the same
// bits. skip must not overlap y.
func BiasSiLUValue[T Float](y, bias, skip []T, rows, n, ld int) {
	shape(rows, n)
	matrix(y, rows, n, ld)
	vector(bias, n)
	if skip != nil {
		matrix(skip, rows, n, ld)
	}
	if rows == 0 || n == 0 {
		return
	}
	if single[T]() && biasSiLUValue32(f32(y), f32(bias), f32(skip), rows, n, ld) {
		return
	}
	for i := range rows {
		for j, b := range bias[:n] {
			v, _ := silu(y[i*ld+j] + b)
			if skip != nil {
				v = skip[i*ld+j] + v
			}
			y[i*ld+j] = v
		}
	}
}

// silu returns silu(x) and its derivative; the formula is evaluated in float64
// for either type.
func silu[T Float](x0 T) (value, derivative T) {
	x := float64(x0)
	e := math.Exp(-x)
	s := 1 / (1 + e)
	v, d := float64(x*s), s
	if 0 < e && e <= math.MaxFloat64 { // 1 - s = e s keeps its digits
		d += float64(v * float64(e*s))
	}
	return T(v), T(d)
}
