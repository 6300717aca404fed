package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// product is one GEMM call with everything it needs, in element type T.
type product[T Float] struct {
	op            string // NN, TN, NT
	m, n, k       int
	lda, ldb, ldc int
	a, b, c       []T
	acc           bool
}

func randoms[T Float](r *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(r.NormFloat64())
	}
	return s
}

// newProduct draws the operands, with pad extra elements in every row.
func newProduct[T Float](r *rand.Rand, op string, m, n, k, pad int, acc bool) *product[T] {
	p := &product[T]{op: op, m: m, n: n, k: k, acc: acc}
	ar, ac, br, bc := m, k, k, n
	if op == "TN" {
		ar, ac = k, m
	}
	if op == "NT" {
		br, bc = n, k
	}
	p.lda, p.ldb, p.ldc = ac+pad, bc+pad, n+pad
	p.a, p.b, p.c = randoms[T](r, ar*p.lda), randoms[T](r, br*p.ldb), randoms[T](r, m*p.ldc)
	return p
}

// operands returns op(A) by rows and op(B) by columns, in float64.
func (p *product[T]) operands() (a, b []float64) {
	a, b = make([]float64, p.m*p.k), make([]float64, p.n*p.k)
	for l := range p.k {
		for i := range p.m {
			at := i*p.lda + l
			if p.op == "TN" {
				at = l*p.lda + i
			}
			a[i*p.k+l] = float64(p.a[at])
		}
		for j := range p.n {
			at := l*p.ldb + j
			if p.op == "NT" {
				at = j*p.ldb + l
			}
			b[j*p.k+l] = float64(p.b[at])
		}
	}
	return a, b
}

func (p *product[T]) run(ws *Workspace, c []T) {
	f := map[string]func(*Workspace, int, int, int, []T, int, []T, int, []T, int, bool){
		"NN": GemmNN[T], "TN": GemmTN[T], "NT": GemmNT[T]}[p.op]
	f(ws, p.m, p.n, p.k, p.a, p.lda, p.b, p.ldb, c, p.ldc, p.acc)
}

// flushed bounds what one step loses to subnormals taken for zero, for
// operands of ordinary size.
const flushed = 1e-36

// check compares c, made from p.c, with sums in float64. A chain of k roundings
// errs by at most k units of rounding of the sum of magnitudes (Higham 2002,
// section 3.1). Elements between rows must be untouched.
func (p *product[T]) check(c []T) error {
	eps := math.Ldexp(1, -24)
	if !single[T]() {
		eps = math.Ldexp(1, -53)
	}
	a, b := p.operands()
	for i := range p.m {
		for j := range p.ldc {
			got, was := float64(c[i*p.ldc+j]), float64(p.c[i*p.ldc+j])
			if j >= p.n {
				if got != was {
					return fmt.Errorf("element (%d,%d) beyond n=%d written", i, j, p.n)
				}
				continue
			}
			var want, mag float64
			if p.acc {
				want, mag = was, math.Abs(was)
			}
			bj := b[j*p.k:][:p.k]
			for l, x := range a[i*p.k:][:p.k] {
				want += x * bj[l]
				mag += math.Abs(x * bj[l])
			}
			tol := 1.01*float64(p.k+2)*eps*mag + flushed*float64(p.k)
			switch {
			case math.IsNaN(want) != math.IsNaN(got), math.IsInf(want, 0) && got != want,
				!math.IsInf(want, 0) && math.Abs(got-want) > tol:
				return fmt.Errorf("element (%d,%d): %g, want %g ± %g", i, j, got, want, tol)
			}
		}
	}
	return nil
}

func checkProducts[T Float](t *testing.T, rounds int) {
	r := rand.New(rand.NewPCG(1, 2))
	var ws Workspace
	for i := range rounds {
		size := func() int {
			if r.IntN(3) == 0 {
				return 1 + r.IntN(9)
			}
			return 1 + r.IntN(1+min(300, 20+2*i))
		}
		op := []string{"NN", "TN", "NT"}[i%3]
		p := newProduct[T](r, op, size(), size(), size(), r.IntN(3)*r.IntN(5), r.IntN(2) == 0)
		c := append([]T(nil), p.c...)
		p.run(&ws, c)
		if err := p.check(c); err != nil {
			t.Fatalf("%s m=%d n=%d k=%d acc=%v: %v", op, p.m, p.n, p.k, p.acc, err)
		}
		// The check itself must see one wrong element.
		c[(p.m-1)*p.ldc+p.n-1] += T(1e-2 * float64(p.k))
		if p.check(c) == nil {
			t.Fatal("planted error not seen")
		}
	}
}

func rounds(t *testing.T) int {
	if testing.Short() {
		return 40
	}
	return 400
}

func TestProducts(t *testing.T) {
	eachPath(t, func(t *testing.T) { checkProducts[float32](t, rounds(t)) })
	t.Run("float64", func(t *testing.T) { checkProducts[float64](t, rounds(t)/2) })
}

// TestLargeProducts has more rows than one call takes, and the longest chains.
func TestLargeProducts(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(19, 20))
		var ws Workspace
		for _, op := range []string{"NN", "TN", "NT"} {
			for _, s := range [][3]int{{1213, 70, 5}, {9, 33, 4096}, {600, 3, 300}, {3, 600, 300}} {
				p := newProduct[float32](r, op, s[0], s[1], s[2], 1, true)
				c := append([]float32(nil), p.c...)
				p.run(&ws, c)
				if err := p.check(c); err != nil {
					t.Fatalf("%s %v: %v", op, s, err)
				}
			}
		}
	})
}
