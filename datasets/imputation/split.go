package imputation

// best finds the split that lowers the squared error most, of one-hot levels (Gini) too:
// the largest Σ_sides |sum|²/n, the first of equals. Equal targets have none.
func (g *grower) best(order []int32, sorted [][]int32) (feature int, cut float64, ok bool) {
	var n float64
	first, pure := g.y[order[0]], true
	for _, i := range order {
		n += float64(g.count[i])
		pure = pure && g.y[i] == first
	}
	if pure || n < float64(2*g.minLeaf) {
		return 0, 0, false
	}
	var gain float64
	scan := g.scanNumbers
	if g.levels > 0 {
		scan = g.scanLevels
	}
	for f, rows := range sorted {
		if c, v, found := scan(rows, g.x[f], n, gain); found {
			feature, cut, gain, ok = f, c, v, true
		}
	}
	return feature, cut, ok
}

// scanNumbers returns the best split by one feature, if it gains more than least: with
// targets of mean 0, s²/n_left + s²/n_right, s the sum on the left.
func (g *grower) scanNumbers(rows []int32, x []float64, n, least float64) (cut, gain float64, ok bool) {
	if x[rows[0]] == x[rows[len(rows)-1]] {
		return 0, least, false
	}
	var mean float64
	for _, i := range rows {
		mean += float64(g.count[i]) * g.y[i]
	}
	mean /= n
	var s, m float64
	gain = least
	for k, i := range rows[:len(rows)-1] {
		w := float64(g.count[i])
		m += w
		s += w * (g.y[i] - mean)
		next := x[rows[k+1]]
		if x[i] == next || m < float64(g.minLeaf) || n-m < float64(g.minLeaf) {
			continue
		}
		if v := s * s * n / (m * (n - m)); v > gain {
			cut, gain, ok = midpoint(x[i], next), v, true
		}
	}
	return cut, gain, ok
}

// scanLevels is scanNumbers for levels: Σ_k (left_k²/n_left + right_k²/n_right - total_k²/n).
func (g *grower) scanLevels(rows []int32, x []float64, n, least float64) (cut, gain float64, ok bool) {
	if x[rows[0]] == x[rows[len(rows)-1]] {
		return 0, least, false
	}
	left, right := g.classes[0], g.classes[1]
	clear(left)
	clear(right)
	for _, i := range rows {
		right[int(g.y[i])] += float64(g.count[i])
	}
	var all, l, r, m float64
	for _, v := range right {
		all += v * v
	}
	r, gain = all, least
	for k, i := range rows[:len(rows)-1] {
		w, c := float64(g.count[i]), int(g.y[i])
		l += w * (2*left[c] + w)
		r += w * (w - 2*right[c])
		left[c] += w
		right[c] -= w
		m += w
		next := x[rows[k+1]]
		if x[i] == next || m < float64(g.minLeaf) || n-m < float64(g.minLeaf) {
			continue
		}
		if v := l/m + r/(n-m) - all/n; v > gain {
			cut, gain, ok = midpoint(x[i], next), v, true
		}
	}
	return cut, gain, ok
}

// midpoint lies between a and b > a, and is below b.
func midpoint(a, b float64) float64 {
	if c := a + (b-a)/2; c < b {
		return c
	}
	return a
}
