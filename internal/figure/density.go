package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// gridSize is the number of cells of a density on each side.
const gridSize = 72

// density2 is a smoothed histogram of pairs on a grid, without a unit, with a ring of zeros.
type density2 [gridSize + 2][gridSize + 2]float64

// newDensity2 smooths the pairs within the axes. Kernels are cut at the ends of the sample,
// so that a bounded one does not fade there.
func newDensity2(x, y []float64, ax, ay cornerAxis) *density2 {
	count := make([][]float64, gridSize)
	for i := range count {
		count[i] = make([]float64, gridSize)
	}
	for k := range x {
		i, j := cell(ax.share(x[k])), cell(ay.share(y[k]))
		if i >= 0 && j >= 0 {
			count[i][j]++
		}
	}
	kx, ky := kernelOf(x, ax), kernelOf(y, ay)
	half := make([][]float64, gridSize)
	for i := range half {
		half[i] = make([]float64, gridSize)
		for j := range gridSize {
			for l, w := range ky[j] {
				half[i][j] += w * count[i][l]
			}
		}
	}
	g := new(density2)
	for i := range gridSize {
		for j := range gridSize {
			for l, w := range kx[i] {
				g[i+1][j+1] += w * half[l][j]
			}
		}
	}
	return g
}

func cell(share float64) int {
	if share < 0 || share >= 1 {
		return -1
	}
	return int(share * gridSize)
}

// kernelOf are the weights of all cells in each cell: normal, of a width of 0.8 of
// Silverman's in two dimensions. Where many numbers are at an end of the sample, it is taken
// to be bounded there: weights are over their mass within it, and none outside of it.
func kernelOf(v []float64, a cornerAxis) [][]float64 {
	sorted := slices.Sorted(slices.Values(v))
	n := len(sorted)
	h := 0.8 * spreadOf(sorted) * math.Pow(float64(n), -1./6) / (a.hi - a.lo) * gridSize
	h = math.Max(h, 0.7)
	lo, hi := a.share(sorted[0])*gridSize, a.share(sorted[n-1])*gridSize
	low, _ := slices.BinarySearch(sorted, sorted[0]+h/gridSize*(a.hi-a.lo))
	high, _ := slices.BinarySearch(sorted, sorted[n-1]-h/gridSize*(a.hi-a.lo))
	if low < n/50 { // a tail, and no end
		lo = math.Inf(-1)
	}
	if n-high < n/50 {
		hi = math.Inf(1)
	}
	k := make([][]float64, gridSize)
	for i := range k {
		k[i] = make([]float64, gridSize)
		at := float64(i) + 0.5
		if at < lo-1 || at > hi+1 {
			continue
		}
		mass := (math.Erf((hi-at)/h/math.Sqrt2) - math.Erf((lo-at)/h/math.Sqrt2)) / 2
		for l := range gridSize {
			u := (float64(l) + 0.5 - at) / h
			k[i][l] = math.Exp(-u*u/2) / math.Max(mass, 0.3)
		}
	}
	return k
}

// spreadOf is the standard deviation of sorted numbers, or what it would be of a normal law
// with as short an interval of 40 %, which is less where there are several bumps.
func spreadOf(sorted []float64) float64 {
	n := len(sorted)
	k := max(1, 2*n/5)
	shortest := math.Inf(1)
	for i := 0; i+k < n; i++ {
		shortest = math.Min(shortest, sorted[i+k]-sorted[i])
	}
	if s := shortest / 1.0488; s > 0 {
		return math.Min(s, deviation(sorted))
	}
	return deviation(sorted)
}

func deviation(v []float64) float64 {
	mean, s := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		s += (x - mean) * (x - mean) / float64(len(v))
	}
	return math.Sqrt(s)
}

// level is the density that a share of the pairs lies above.
func (g *density2) level(x, y []float64, ax, ay cornerAxis, share float64) float64 {
	at := make([]float64, 0, len(x))
	for k := range x {
		if i, j := cell(ax.share(x[k])), cell(ay.share(y[k])); i >= 0 && j >= 0 {
			at = append(at, g[i+1][j+1])
		} else {
			at = append(at, 0)
		}
	}
	slices.Sort(at)
	return math.Max(at[int((1-share)*float64(len(at)-1))], 1e-12)
}

// contours are the closed lines at a level, in shares of the axes, with what is above it on
// their left: so the holes of a region turn the other way (marching squares).
func (g *density2) contours(level float64) [][]vg.Point {
	type edge struct{ i, j, side int } // of the cell with corner (i, j): 0 below, 1 on the left
	next, at := map[edge]edge{}, map[edge]vg.Point{}
	var starts []edge
	cross := func(e edge) edge {
		k, l := e.i, e.j
		if e.side == 0 {
			k++
		} else {
			l++
		}
		a, b := g[e.i][e.j], g[k][l]
		f := (level - a) / (b - a)
		p := vg.Point{X: position(float64(e.i) + f*float64(k-e.i)), Y: position(float64(e.j) + f*float64(l-e.j))}
		at[e] = p
		return e
	}
	join := func(from, to edge) {
		next[cross(from)] = cross(to)
		starts = append(starts, from)
	}
	for i := range gridSize + 1 {
		for j := range gridSize + 1 {
			below, left := edge{i, j, 0}, edge{i, j, 1}
			above, right := edge{i, j + 1, 0}, edge{i + 1, j, 1}
			in := 0
			for k, v := range []float64{g[i][j], g[i+1][j], g[i+1][j+1], g[i][j+1]} {
				if v >= level {
					in |= 1 << k
				}
			}
			for _, s := range squares[in] {
				sides := [4]edge{below, right, above, left}
				join(sides[s[0]], sides[s[1]])
			}
		}
	}
	var lines [][]vg.Point
	for _, s := range starts {
		var line []vg.Point
		for e, ok := s, true; ok; {
			line = append(line, at[e])
			to, more := next[e]
			delete(next, e)
			e, ok = to, more
		}
		if len(line) > 3 {
			lines = append(lines, line)
		}
	}
	return lines
}

// position is the share of the axis at the middle of a cell of the ring and the grid.
func position(i float64) vg.Length {
	return vg.Length(math.Min(1, math.Max(0, (i-0.5)/gridSize)))
}

// squares are the lines through a cell by which of its corners, from below left against the
// clock, are in: from side to side, 0 below, 1 right, 2 above, 3 left.
var squares = [16][][2]int{
	{}, {{0, 3}}, {{1, 0}}, {{1, 3}}, {{2, 1}}, {{0, 3}, {2, 1}}, {{2, 0}}, {{2, 3}},
	{{3, 2}}, {{0, 2}}, {{1, 0}, {3, 2}}, {{1, 2}}, {{3, 1}}, {{0, 1}}, {{3, 0}}, {},
}
