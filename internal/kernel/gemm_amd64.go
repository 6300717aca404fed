package kernel

import "unsafe"

//go:generate go run gen_gemm.go

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
	width           int            // columns of C to load and store
	load            int            // begin from C (1) or from zero (0)
}

// tiles are the variants of one instruction set. Index 0 holds the panels of
// full width, 1 those of half.
type tiles struct {
	cols [2]int
	rows [4]int // descending, ending in 1
	run  [4][2]func(*tile)
	pack [2]func(*tile)
	keep func(*tile)
}

var tiles512 = tiles{
	cols: [2]int{32, 16},
	rows: [4]int{8, 4, 2, 1},
	run: [4][2]func(*tile){{tile512r8v2, tile512r8v1}, {tile512r4v2, tile512r4v1},
		{tile512r2v2, tile512r2v1}, {tile512r1v2, tile512r1v1}},
	pack: [2]func(*tile){tile512r8v2pack, tile512r8v1pack},
	keep: tile512r8v2keep,
}

var tiles256 = tiles{
	cols: [2]int{16, 8},
	rows: [4]int{6, 4, 2, 1},
	run: [4][2]func(*tile){{tile256r6v2, tile256r6v1}, {tile256r4v2, tile256r4v1},
		{tile256r2v2, tile256r2v1}, {tile256r1v2, tile256r1v1}},
	pack: [2]func(*tile){tile256r6v2pack, tile256r6v1pack},
	keep: tile256r6v2keep,
}

// maxChain is the longest stretch of k done at once: a panel of 256 x 32
// floats and the rows of A passing by stay in the first-level cache.
const maxChain = 256

// maxTransposed is the same when B is transposed on the way: a smaller panel
// leaves room for the rows it is read from.
const maxTransposed = 128

// operand is a matrix in memory: element (i, j) of the product's view is at
// p + i·row + j·col bytes; one of the two is 4.
type operand struct {
	p        unsafe.Pointer
	row, col int
}

func view(s []float32, ld int, transposed bool) operand {
	o := operand{unsafe.Pointer(unsafe.SliceData(s)), 4 * ld, 4}
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
	g := gemm{ws: ws, tiles: &tiles512, m: m, n: n, k: k, a: view(a, lda, ta), b: view(b, ldb, tb),
		c: unsafe.Pointer(unsafe.SliceData(c)), ldc: 4 * ldc, acc: acc}
	if active == pathAVX2 {
		g.tiles = &tiles256
	}
	if n <= 4 && m >= 32 || ta && n <= 8 && m >= 32 {
		g.flipped(c, ldc)
	} else {
		g.panels()
	}
	return true
}

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
	f.c, f.ldc = unsafe.Pointer(unsafe.SliceData(flip)), 4*g.m
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
	longest := maxChain
	if g.b.col != 4 {
		longest = maxTransposed
	}
	chains := (g.k + longest - 1) / longest
	kc := (g.k + chains - 1) / chains
	g.panel = unsafe.Pointer(unsafe.SliceData(scratch(&g.ws.panel, kc*g.tiles.cols[0])))
	rows := g.tiles.rows[0]
	keep := g.a.row == 4 && g.n > g.tiles.cols[0] && g.m >= 2*rows
	if keep {
		g.strips = unsafe.Pointer(unsafe.SliceData(scratch(&g.ws.strips, kc*g.m)))
	}
	for k := 0; k < g.k; k += kc {
		for j := 0; j < g.n; {
			half := 0
			if g.n-j <= g.tiles.cols[1] {
				half = 1
			}
			w := min(g.tiles.cols[half], g.n-j)
			g.column(block{k, min(kc, g.k-k), j, w, half, keep})
			j += w
		}
	}
	g.ws.args = tile{} // holds on to nobody's memory
}

// block is one panel's share: w columns of C from column j, over kc of the
// chain from k. keep says that the strips of a transposed A are packed as well:
// by the first panel, for the others.
type block struct {
	k, kc, j, w, half int
	keep              bool
}

func (g *gemm) column(p block) {
	cols, rows := g.tiles.cols[p.half], g.tiles.rows[0]
	t := &g.ws.args
	*t = tile{kc: p.kc, b: g.b.at(p.k, p.j), bs: g.b.row, ldc: g.ldc, width: p.w}
	if g.acc || p.k > 0 {
		t.load = 1
	}
	i := 0 // rows done
	switch packed := 4 * cols; {
	case g.b.col != 4:
		packTransposed(g.panel, t.b, g.b.col, p.kc, p.w, cols)
		t.b, t.bs = g.panel, packed
	case p.w < cols:
		copyPanel(g.panel, t.b, p.kc, g.b.row, p.w, cols)
		t.b, t.bs = g.panel, packed
	case g.m >= 2*rows && g.b.row != packed:
		t.pack = g.panel
		g.down(g.tiles.pack[p.half], p, 0, rows, 1)
		t.b, t.bs = g.panel, packed
		i = rows
	}
	if p.keep && i == 0 {
		g.down(g.tiles.run[0][p.half], p, 0, rows, 1)
		i = rows
	}
	if mt := g.m/rows - 1; p.keep && mt > 0 {
		if p.j == 0 {
			g.downKeeping(p, i, rows, mt)
		} else {
			g.downStrips(p, i, rows, mt)
		}
		i += mt * rows
	}
	for v, rows := range g.tiles.rows {
		if mt := (g.m - i) / rows; mt > 0 {
			g.down(g.tiles.run[v][p.half], p, i, rows, mt)
			i += mt * rows
		}
	}
}

// maxTiles bounds the tiles of one call into assembly, which the scheduler
// cannot interrupt: some 50 µs.
const maxTiles = 64

// down runs mt tiles of the given rows, one below the other from row i.
func (g *gemm) down(run func(*tile), p block, i, rows, mt int) {
	t := &g.ws.args
	t.rsa, t.csa, t.astep = g.a.row, g.a.col, rows*g.a.row
	for ; mt > 0; mt -= maxTiles {
		t.mt = min(mt, maxTiles)
		t.a, t.c = g.a.at(i, p.k), unsafe.Add(g.c, i*g.ldc+4*p.j)
		run(t)
		i += maxTiles * rows
	}
}

// downKeeping is down, leaving the strips of A behind.
func (g *gemm) downKeeping(p block, i, rows, mt int) {
	for s := 0; s < mt; s += maxTiles {
		g.ws.args.pack = unsafe.Add(g.strips, s*4*rows*p.kc)
		g.down(g.tiles.keep, p, i+s*rows, rows, min(mt-s, maxTiles))
	}
}

// downStrips is down with the packed strips of A, the first being that of row i.
func (g *gemm) downStrips(p block, i, rows, mt int) {
	t := &g.ws.args
	t.rsa, t.csa, t.astep = 4, 4*rows, 4*rows*p.kc
	for s := 0; s < mt; s += maxTiles {
		t.mt = min(mt-s, maxTiles)
		t.a, t.c = unsafe.Add(g.strips, s*t.astep), unsafe.Add(g.c, (i+s*rows)*g.ldc+4*p.j)
		g.tiles.run[0][p.half](t)
	}
}

// peakBurst runs the widest tile on a panel in the first-level cache and
// returns the number of operations.
func peakBurst(ws *Workspace) float64 {
	if active == pathGo {
		return peakPortable(ws)
	}
	t := &tiles512
	if active == pathAVX2 {
		t = &tiles256
	}
	const mt, kc = 8, 256
	rows, cols := t.rows[0], t.cols[0]
	a, b, c := scratch(&ws.strips, rows*kc), scratch(&ws.panel, cols*kc), scratch(&ws.flip, cols)
	ws.args = tile{mt: mt, kc: kc, a: ptr(a), rsa: 4 * kc, csa: 4, b: ptr(b), bs: 4 * cols, c: ptr(c), width: cols}
	t.run[0][0](&ws.args)
	ws.args = tile{}
	return float64(2 * mt * kc * rows * cols)
}
