package kernel

// The portable products round each product and each sum (the conversion T(a*b)
// forbids fusing), so that they give the same bits on every machine.

func gemmNN[T Float](m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	clearRows(m, n, c, ldc, acc)
	if n == 0 {
		return
	}
	for i := range m {
		ci := c[i*ldc : i*ldc+n]
		p := 0
		for ; p+4 <= k; p += 4 {
			ai := a[i*lda+p : i*lda+p+4]
			axpy4(ci, ai[0], ai[1], ai[2], ai[3], b[p*ldb:], b[(p+1)*ldb:], b[(p+2)*ldb:], b[(p+3)*ldb:])
		}
		for ; p < k; p++ {
			axpy(ci, b[p*ldb:p*ldb+n], a[i*lda+p])
		}
	}
}

func gemmTN[T Float](m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	clearRows(m, n, c, ldc, acc)
	if m == 0 || n == 0 {
		return
	}
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*lda:p*lda+m], a[(p+1)*lda:], a[(p+2)*lda:], a[(p+3)*lda:]
		for i := range m {
			axpy4(c[i*ldc:i*ldc+n], a0[i], a1[i], a2[i], a3[i], b[p*ldb:], b[(p+1)*ldb:], b[(p+2)*ldb:], b[(p+3)*ldb:])
		}
	}
	for ; p < k; p++ {
		for i := range m {
			axpy(c[i*ldc:i*ldc+n], b[p*ldb:p*ldb+n], a[p*lda+i])
		}
	}
}

func gemmNT[T Float](m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	clearRows(m, n, c, ldc, acc)
	if k == 0 {
		return
	}
	for i := range m {
		ai := a[i*lda : i*lda+k]
		j := 0
		for ; j+4 <= n; j += 4 { // four chains hide the latency of the sum
			dot4(c[i*ldc+j:i*ldc+j+4], ai, b[j*ldb:], b[(j+1)*ldb:], b[(j+2)*ldb:], b[(j+3)*ldb:])
		}
		for ; j < n; j++ {
			s := c[i*ldc+j]
			for p, w := range b[j*ldb : j*ldb+k] {
				s += T(ai[p] * w)
			}
			c[i*ldc+j] = s
		}
	}
}

// axpy adds x times v to c.
func axpy[T Float](c, v []T, x T) {
	v = v[:len(c)]
	for j := range c {
		c[j] += T(x * v[j])
	}
}

// axpy4 adds four rows to c, one after the other.
func axpy4[T Float](c []T, x0, x1, x2, x3 T, v0, v1, v2, v3 []T) {
	n := len(c)
	v0, v1, v2, v3 = v0[:n], v1[:n], v2[:n], v3[:n]
	for j := range c {
		s := c[j] + T(x0*v0[j])
		s += T(x1 * v1[j])
		s += T(x2 * v2[j])
		c[j] = s + T(x3*v3[j])
	}
}

// dot4 adds the products of a with four vectors to c[0..3].
func dot4[T Float](c, a, v0, v1, v2, v3 []T) {
	n := len(a)
	v0, v1, v2, v3 = v0[:n], v1[:n], v2[:n], v3[:n]
	s0, s1, s2, s3 := c[0], c[1], c[2], c[3]
	for p, x := range a {
		s0 += T(x * v0[p])
		s1 += T(x * v1[p])
		s2 += T(x * v2[p])
		s3 += T(x * v3[p])
	}
	c[0], c[1], c[2], c[3] = s0, s1, s2, s3
}
