package evaluate

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
)

// fitRows is the number of rows that a floor is fitted to.
const fitRows = 20_000

func thinned(c *datasets.Cells, limit int, seed uint64) *datasets.Cells {
	if c.Rows() <= limit {
		return c
	}
	return c.Subset(pickRows(c.Rows(), limit, seed, "floor rows"))
}

// Independent returns n rows whose cells are drawn from the columns of c, each
// from a row of its own: every column is right, and nothing between them. It is
// a function of its arguments.
func Independent(c *datasets.Cells, n int, seed uint64) *datasets.Cells {
	out := empty(c, n)
	for j, col := range newFrame(c).cols {
		draw := stream.New(seed, "independent", uint64(j))
		for i := range n {
			out.Copy(i, col.field, c, draw.IntN(c.Rows()))
		}
	}
	return out
}

// Copula returns n rows of a Gaussian copula fitted to c: cells become normal
// scores, ties at random within their share (a category is an interval of the
// line, from the most frequent on, and so is missing), the scores have one
// correlation matrix R, and new rows are the values at the scores L ε, L Lᵀ = R,
// ε standard normal. It is a function of its arguments.
func Copula(c *datasets.Cells, n int, seed uint64) *datasets.Cells {
	out := empty(c, n)
	c = thinned(c, fitRows, seed)
	f := newFrame(c)
	cols := rankColumns(f)
	d := len(cols)
	l := correlationRoot(scores(cols, f.n, seed))
	draw := stream.New(seed, "copula")
	e, z := mat.NewVecDense(d, nil), mat.NewVecDense(d, nil)
	for i := range n {
		for j := range d {
			e.SetVec(j, draw.NormFloat64())
		}
		z.MulVec(l, e)
		for j := range cols {
			out.Copy(i, cols[j].field, c, cols[j].row(z.AtVec(j)))
		}
	}
	return out
}

func scores(cols []ranked, n int, seed uint64) *mat.Dense {
	z := mat.NewDense(n, len(cols), nil)
	for j := range cols {
		draw := stream.New(seed, "scores", uint64(j))
		for i := range n {
			z.Set(i, j, cols[j].score(i, draw))
		}
	}
	return z
}

// correlationRoot returns the Cholesky factor of the correlation matrix, shrunk a little so
// that equal columns have one.
func correlationRoot(z *mat.Dense) *mat.TriDense {
	n, d := z.Dims()
	cov := mat.NewSymDense(d, nil)
	cov.SymOuterK(1/float64(n), z.T())
	r := mat.NewSymDense(d, nil)
	for j := range d {
		for k := range j {
			r.SetSym(j, k, (1-1e-6)*cov.At(j, k)/math.Sqrt(cov.At(j, j)*cov.At(k, k)))
		}
		r.SetSym(j, j, 1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(r) {
		panic("evaluate: a correlation matrix that is not positive")
	}
	l := mat.NewTriDense(d, mat.Lower, nil)
	chol.LTo(l)
	return l
}
