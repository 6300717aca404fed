//go:build amd64 || arm64

package kernel

import "unsafe"

// block is one panel's share: n columns of C from column j, which lie at c, over
// kc of the chain from k.
type block struct {
	*width
	k, kc, j, n int
	c           unsafe.Pointer
	ldc         int
}

// beside computes a block of fewer columns than its tiles have, beside C, for tiles without
// masks.
func (g *gemm) beside(p block, keep bool) {
	c, ldc := p.c, p.ldc
	part := scratch(&g.ws.edge, g.m*p.cols)
	p.c, p.ldc = ptr(part), 4*p.cols
	row := func(i int) []float32 { return unsafe.Slice((*float32)(unsafe.Add(c, i*ldc)), p.n) }
	for i := 0; i < g.m && (g.acc || p.k > 0); i++ {
		copy(part[i*p.cols:], row(i))
	}
	g.column(p, keep)
	for i := range g.m {
		copy(row(i), part[i*p.cols:])
	}
}

// column computes a block. keep says that the strips of a transposed A are
// packed too, by the first panel for the others.
func (g *gemm) column(p block, keep bool) {
	t := &g.ws.args
	*t = tile{kc: p.kc, b: g.b.at(p.k, p.j), bs: g.b.row, ldc: p.ldc, width: p.n}
	if g.acc || p.k > 0 {
		t.load = 1
	}
	if 4*g.m*g.n > farBytes {
		t.far = 1
	}
	i, rows, packed := 0, p.rows[0], 4*p.cols // i rows are done
	switch {
	case g.b.col != 4:
		packTransposed(g.panel, t.b, g.b.col, p.kc, p.n, p.cols)
		t.b, t.bs = g.panel, packed
	case p.n < p.cols:
		copyPanel(g.panel, t.b, p.kc, g.b.row, p.n, p.cols)
		t.b, t.bs = g.panel, packed
	case g.m >= 2*rows && g.b.row != packed:
		t.pack = g.panel
		g.down(p.pack, p, 0, rows, 1)
		t.b, t.bs = g.panel, packed
		i = rows
	}
	if keep {
		if i == 0 {
			g.down(p.run[0], p, 0, rows, 1)
		}
		mt := g.m/rows - 1
		if p.j == 0 {
			g.downKeeping(p, rows, rows, mt)
		} else {
			g.downStrips(p, rows, rows, mt)
		}
		i = rows + mt*rows
	}
	for v, rows := range p.rows {
		if mt := (g.m - i) / rows; mt > 0 {
			g.down(p.run[v], p, i, rows, mt)
			i += mt * rows
		}
	}
}

// farBytes is the size of C from which its rows are asked for a tile ahead. What
// is so large is a gradient of weights, last used a batch ago.
const farBytes = 1 << 18

// maxTiles bounds the tiles of one call into assembly, which the scheduler
// cannot interrupt: some 30 µs.
const maxTiles = 64

// down runs mt tiles of the given rows, one below the other from row i.
func (g *gemm) down(run func(*tile), p block, i, rows, mt int) {
	t := &g.ws.args
	t.rsa, t.csa, t.astep = g.a.row, g.a.col, rows*g.a.row
	for ; mt > 0; mt -= maxTiles {
		t.mt = min(mt, maxTiles)
		t.a, t.c = g.a.at(i, p.k), unsafe.Add(p.c, i*p.ldc)
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
		t.a, t.c = unsafe.Add(g.strips, s*t.astep), unsafe.Add(p.c, (i+s*rows)*p.ldc)
		p.run[0](t)
	}
}
