//go:build amd64 || arm64

package kernel

import "unsafe"

//go:generate go run gen.go gen_constants.go gen_gemm.go gen_math.go gen_neon.go gen_neon_gemm.go gen_neon_loops.go gen_sums.go gen_vector.go

// tile is the argument of the register tiles: mt tiles one below the other,
// from kc rows of one panel of B. Strides are in bytes.
type tile struct {
	mt, kc          int
	a               unsafe.Pointer
	rsa, csa, astep int // op(A): next row, next k, next tile
	b               unsafe.Pointer
	bs              int
	c               unsafe.Pointer
	ldc             int
	pack            unsafe.Pointer // where a packing or keeping tile leaves what it read
	width           int            // columns of C to load and store, for tiles with masks
	load            int            // begin from C (1) or from zero (0)
	far             int            // C is probably not in the second-level cache (1)
}

// width is one width of panel: its columns, and its tiles by rows, descending
// to 1. pack is the first tile, packing its panel.
type width struct {
	cols int
	rows [4]int
	run  [4]func(*tile)
	pack func(*tile)
}

// tiles are the variants of one instruction set. chain is the longest stretch
// of k done at once, for a panel of half a first-level cache. The widths are
// descending; keep is the first tile of the widest, packing a transposed A.
type tiles struct {
	chain  int
	widths []width
	keep   func(*tile)
}

// fit returns the widest panel of which n columns fill all but less than the
// narrowest.
func (t *tiles) fit(n int) *width {
	narrowest := len(t.widths) - 1
	for i := range narrowest {
		if n > t.widths[i].cols-t.widths[narrowest].cols {
			return &t.widths[i]
		}
	}
	return &t.widths[narrowest]
}

// rest returns how many of n columns the last panel holds.
func (t *tiles) rest(n int) int {
	for {
		w := t.fit(n)
		if n <= w.cols {
			return n
		}
		n -= w.cols
	}
}

// operand is a matrix in memory: element (i, j) of the product's view is at
// p + i·row + j·col bytes; one of the two is 4.
type operand struct {
	p        unsafe.Pointer
	row, col int
}

func view(s []float32, ld int, transposed bool) operand {
	o := operand{ptr(s), 4 * ld, 4}
	if transposed {
		o.row, o.col = o.col, o.row
	}
	return o
}

func (o operand) t() operand { return operand{o.p, o.col, o.row} }

func (o operand) at(i, j int) unsafe.Pointer { return unsafe.Add(o.p, i*o.row+j*o.col) }

// gemm32 computes C = op(A) op(B) (+ C) and reports whether this machine has
// the means.
func gemm32(ws *Workspace, m, n, k int, a []float32, lda int, ta bool, b []float32, ldb int, tb bool, c []float32, ldc int, acc bool) bool {
	if active == pathGo {
		return false
	}
	if m == 0 || n == 0 || k == 0 {
		clearRows(m, n, c, ldc, acc)
		return true
	}
	g := gemm{ws: ws, tiles: activeTiles(), m: m, n: n, k: k, a: view(a, lda, ta), b: view(b, ldb, tb),
		c: ptr(c), ldc: 4 * ldc, acc: acc}
	r := g.tiles.rest(n)
	if m < 32 || r > fewColumns && !(ta && n <= 2*fewColumns) {
		g.panels()
		return true
	}
	if r < n {
		g.n = n - r
		g.panels()
	}
	g.b.p, g.n = g.b.at(0, n-r), r
	g.flipped(c[n-r:], ldc)
	return true
}

// fewColumns is the number of columns, at the end of C, up to which transposing
// pays; twice that where A, stored transposed, is not to be packed.
const fewColumns = 4

// gemm is one product.
type gemm struct {
	ws      *Workspace
	tiles   *tiles
	m, n, k int
	a, b    operand
	c       unsafe.Pointer
	ldc     int // bytes
	acc     bool

	panel, strips unsafe.Pointer // packed B, packed A
}

// flipped computes Cᵀ = op(B)ᵀ op(A)ᵀ: with few columns the vectors run along
// the rows of C. The chains, and so the bits, are the same.
func (g gemm) flipped(c []float32, ldc int) {
	flip := scratch(&g.ws.flip, g.m*g.n)
	if g.acc {
		for i := range g.m {
			for j, v := range c[i*ldc : i*ldc+g.n] {
				flip[j*g.m+i] = v
			}
		}
	}
	f := g
	f.m, f.n, f.a, f.b = g.n, g.m, g.b.t(), g.a.t()
	f.c, f.ldc = ptr(flip), 4*g.m
	f.panels()
	for i := range g.m {
		row := c[i*ldc : i*ldc+g.n]
		for j := range row {
			row[j] = flip[j*g.m+i]
		}
	}
}

// panels walks the panels of B, for each stretch of k. The packed panel is one
// small buffer, used again for the next panel while still in the first-level
// cache.
func (g *gemm) panels() {
	widest := &g.tiles.widths[0]
	chains := (g.k + g.tiles.chain - 1) / g.tiles.chain
	kc := (g.k + chains - 1) / chains
	g.panel = ptr(scratch(&g.ws.panel, kc*widest.cols))
	// Two more panels pay for packing A.
	keep := g.a.row == 4 && g.n >= 3*widest.cols && g.m >= 2*widest.rows[0]
	if keep {
		g.strips = ptr(scratch(&g.ws.strips, kc*g.m))
	}
	for k := 0; k < g.k; k += kc {
		for j := 0; j < g.n; {
			w := g.tiles.fit(g.n - j)
			p := block{w, k, min(kc, g.k-k), j, min(w.cols, g.n-j), unsafe.Add(g.c, 4*j), g.ldc}
			if p.n < w.cols && !masks {
				g.beside(p, keep && w == widest)
			} else {
				g.column(p, keep && w == widest)
			}
			j += p.n
		}
	}
	g.ws.args = tile{} // holds on to nobody's memory
}

// peakBurst runs the widest tile on a panel in the first-level cache and
// returns the number of operations.
func peakBurst(ws *Workspace) float64 {
	if active == pathGo {
		return peakPortable(ws)
	}
	t := activeTiles()
	const mt, kc = 16, 128
	rows, cols := t.widths[0].rows[0], t.widths[0].cols
	a, b, c := scratch(&ws.strips, rows*kc), scratch(&ws.panel, cols*kc), scratch(&ws.flip, cols)
	ws.args = tile{mt: mt, kc: kc, a: ptr(a), rsa: 4 * kc, csa: 4, b: ptr(b), bs: 4 * cols, c: ptr(c), width: cols}
	t.widths[0].run[0](&ws.args)
	ws.args = tile{}
	return float64(2 * mt * kc * rows * cols)
}
