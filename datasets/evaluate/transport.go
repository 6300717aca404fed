package evaluate

import "math"

// transport returns the least cost of moving mass 1, spread evenly over n rows,
// to mass 1 spread evenly over m rows,
//
//	min Σ_ij γ_ij c(i, j),   Σ_j γ_ij = 1/n,   Σ_i γ_ij = 1/m,   γ ≥ 0:
//
// exactly, by shortest augmenting paths (Jonker and Volgenant 1987,
// doi:10.1007/BF02278710, generalized from assignment to transport). Masses are
// whole numbers: m/g for each of n and n/g for each of m, g being the greatest
// common divisor, all 1 when n = m. The time is O(n m) for each of about n + m
// paths at worst, and usually far less. cost is row-major, n×m, finite.
func transport(cost []float64, n, m int) float64 {
	if n == 0 || m == 0 || len(cost) != n*m {
		panic("evaluate: size of a cost matrix")
	}
	g := gcd(n, m)
	t := &transporter{cost: cost, n: n, m: m, demand: make([]int, m), v: make([]float64, m), u: make([]float64, n),
		flow: make([][]arc, m), dist: make([]float64, m), from: make([]int, m), done: make([]bool, m), seen: make([]int, n), slack: make([]float64, n)}
	for j := range t.demand {
		t.demand[j] = n / g
		t.v[j] = math.Inf(1)
		for i := range n {
			t.v[j] = min(t.v[j], cost[i*m+j])
		}
	}
	for i := range n {
		for supply := m / g; supply > 0; {
			supply -= t.augment(i, supply)
		}
	}
	total := 0.0
	for j, arcs := range t.flow {
		for _, a := range arcs {
			total += cost[a.row*m+j] * float64(a.mass)
		}
	}
	return total * float64(g) / (float64(n) * float64(m))
}

type arc struct{ row, mass int }

type transporter struct {
	cost   []float64
	n, m   int
	u, v   []float64 // potentials: cost - u - v ≥ 0, and 0 where mass flows
	demand []int     // not yet met, by column
	flow   [][]arc   // into each column

	// Of one path.
	dist  []float64 // of columns from the row at the start
	from  []int     // row before the column
	done  []bool    // columns
	seen  []int     // 1 + column by which the row was reached, 0 when it was not, -1 at the start
	slack []float64 // distance of a row that was reached
}

// augment moves up to supply along the shortest path to unmet demand, and returns how much.
func (t *transporter) augment(row, supply int) int {
	for j := range t.dist {
		t.dist[j], t.done[j] = math.Inf(1), false
	}
	clear(t.seen)
	t.u[row] = t.reducedMin(row)
	t.seen[row], t.slack[row] = -1, 0
	t.relax(row, 0)
	end := t.closest()
	for ; t.demand[end] == 0; end = t.closest() {
		t.done[end] = true
		for _, a := range t.flow[end] {
			if t.seen[a.row] == 0 {
				t.seen[a.row], t.slack[a.row] = end+1, t.dist[end]
				t.relax(a.row, t.dist[end])
			}
		}
	}
	length := t.dist[end]
	for i, by := range t.seen {
		if by != 0 {
			t.u[i] += length - t.slack[i]
		}
	}
	for j, done := range t.done {
		if done {
			t.v[j] -= length - t.dist[j]
		}
	}
	return t.push(end, supply)
}

// reducedMin is the largest potential of row i. It matters before any of its mass has moved.
func (t *transporter) reducedMin(i int) float64 {
	low := math.Inf(1)
	for j, c := range t.cost[i*t.m : (i+1)*t.m] {
		low = min(low, c-t.v[j])
	}
	return low
}

func (t *transporter) relax(i int, d float64) {
	base := d - t.u[i]
	for j, c := range t.cost[i*t.m : (i+1)*t.m] {
		if x := base + c - t.v[j]; x < t.dist[j] && !t.done[j] {
			t.dist[j], t.from[j] = max(x, d), i
		}
	}
}

// closest returns the nearest column that is not done, one with unmet demand among equals.
func (t *transporter) closest() int {
	best := -1
	for j, d := range t.dist {
		if !t.done[j] && (best < 0 || d < t.dist[best] || d == t.dist[best] && t.demand[best] == 0 && t.demand[j] > 0) {
			best = j
		}
	}
	return best
}

// push moves as much as the path to column end lets through.
func (t *transporter) push(end, supply int) int {
	mass := min(supply, t.demand[end])
	for j := end; ; {
		i := t.from[j]
		if t.seen[i] < 0 {
			break
		}
		j = t.seen[i] - 1
		mass = min(mass, t.flow[j][t.find(j, i)].mass)
	}
	t.demand[end] -= mass
	for j := end; ; {
		i := t.from[j]
		t.add(j, i, mass)
		if t.seen[i] < 0 {
			return mass
		}
		j = t.seen[i] - 1
		t.add(j, i, -mass)
	}
}

// find returns the place of row i among the flows into column j, -1 for none.
func (t *transporter) find(j, i int) int {
	for k, a := range t.flow[j] {
		if a.row == i {
			return k
		}
	}
	return -1
}

func (t *transporter) add(j, i, mass int) {
	k := t.find(j, i)
	if k < 0 {
		t.flow[j] = append(t.flow[j], arc{i, mass})
		return
	}
	if t.flow[j][k].mass += mass; t.flow[j][k].mass == 0 {
		last := len(t.flow[j]) - 1
		t.flow[j][k] = t.flow[j][last]
		t.flow[j] = t.flow[j][:last]
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
