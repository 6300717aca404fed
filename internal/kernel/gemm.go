package kernel

// GemmNN sets C = A B, or C = C + A B if acc: A is m x k, B is k x n and C is
// m x n, row-major with row strides lda >= k, ldb >= n and ldc >= n.
//
// Element (i, j) is one chain over k in ascending order, begun from zero or,
// if acc, from C: it depends on row i of A and column j of B and on nothing
// else, in particular not on m, n or the position of the row. C must not
// overlap A or B. With k = 0 the product is zero.
//
// It panics on a nil Workspace, a negative size, a stride below the number of
// columns, or a slice too short for its matrix.
func GemmNN[T Float](ws *Workspace, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	multiply(ws, m, n, k, a, lda, false, b, ldb, false, c, ldc, acc)
}

// GemmTN sets C = Aᵀ B, or C = C + Aᵀ B if acc, where A is stored k x m and B
// k x n. Order, strides and panics are those of GemmNN. It is the gradient of
// the weights, k being the rows of the batch.
func GemmTN[T Float](ws *Workspace, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	multiply(ws, m, n, k, a, lda, true, b, ldb, false, c, ldc, acc)
}

// GemmNT sets C = A Bᵀ, or C = C + A Bᵀ if acc, where A is m x k and B is
// stored n x k. Order, strides and panics are those of GemmNN. It is the
// gradient of a layer's input.
func GemmNT[T Float](ws *Workspace, m, n, k int, a []T, lda int, b []T, ldb int, c []T, ldc int, acc bool) {
	multiply(ws, m, n, k, a, lda, false, b, ldb, true, c, ldc, acc)
}

// multiply sets C = op(A) op(B) (+ C). ta and tb say which operand is stored
// transposed: at most one.
func multiply[T Float](ws *Workspace, m, n, k int, a []T, lda int, ta bool, b []T, ldb int, tb bool, c []T, ldc int, acc bool) {
	if ws == nil {
		panic("kernel: nil Workspace")
	}
	if m < 0 || n < 0 || k < 0 {
		panic("kernel: negative dimension")
	}
	matrix(c, m, n, ldc)
	if ta {
		matrix(a, k, m, lda)
	} else {
		matrix(a, m, k, lda)
	}
	if tb {
		matrix(b, n, k, ldb)
	} else {
		matrix(b, k, n, ldb)
	}
	switch {
	case single[T]() && gemm32(ws, m, n, k, f32(a), lda, ta, f32(b), ldb, tb, f32(c), ldc, acc):
	case ta:
		gemmTN(m, n, k, a, lda, b, ldb, c, ldc, acc)
	case tb:
		gemmNT(m, n, k, a, lda, b, ldb, c, ldc, acc)
	default:
		gemmNN(m, n, k, a, lda, b, ldb, c, ldc, acc)
	}
}

// clearRows zeroes an m x n matrix unless the product is to be added to it.
func clearRows[T Float](m, n int, c []T, ldc int, acc bool) {
	if acc || n == 0 {
		return
	}
	for i := range m {
		clear(c[i*ldc : i*ldc+n])
	}
}
