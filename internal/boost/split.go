package boost

// split parts the rows of a node: bins up to bin go left, missing values by missingLeft.
type split struct {
	gain        float64
	column, bin int
	missingLeft bool
	left        sum
}

// penalty is what the gain of a split depends on beside the sums.
type penalty struct {
	lambda, minChild float64
	unitG, unitH     float64 // of the fixed-point sums
}

// score returns G²/(H+λ).
func (p *penalty) score(s sum) float64 {
	g, h := p.unitG*float64(s.g), p.unitH*float64(s.h)
	return g * g / (h + p.lambda)
}

// leaf returns the value −G/(H+λ) of a leaf (Chen & Guestrin 2016, eq. 5).
func (p *penalty) leaf(s sum) float64 {
	return -p.unitG * float64(s.g) / (p.unitH*float64(s.h) + p.lambda)
}

// pair returns G_L²/(H_L+λ) + G_R²/(H_R+λ), and whether both sides are heavy enough.
func (p *penalty) pair(left, right sum) (float64, bool) {
	hl, hr := p.unitH*float64(left.h), p.unitH*float64(right.h)
	if hl < p.minChild || hr < p.minChild {
		return 0, false
	}
	gl, gr := p.unitG*float64(left.g), p.unitG*float64(right.g)
	hl += p.lambda
	hr += p.lambda
	return (gl*gl*hr + gr*gr*hl) / (hl * hr), true
}

// search improves best by the splits of one column with histogram slots. Of equal gains the
// lower cut wins, then missing values on the right. Without missing values in the node,
// they go with the heavier side.
func (p *penalty) search(best *split, column int, c *column, slots []sum, total sum) {
	var missing sum
	bins := c.bins()
	if c.missing {
		missing = slots[bins]
	}
	try := func(left sum, bin int, missingLeft bool) {
		right := total
		right.sub(left)
		if gain, ok := p.pair(left, right); ok && gain > best.gain {
			*best = split{gain, column, bin, missingLeft, left}
		}
	}
	var left sum
	if missing == (sum{}) {
		for b, s := range slots[:bins-1] {
			if s == (sum{}) {
				continue // the same parting as at the cut before
			}
			left.add(s)
			try(left, b, left.h > total.h-left.h)
		}
		return
	}
	for b, s := range slots[:bins] {
		if s == (sum{}) {
			continue
		}
		left.add(s)
		try(left, b, false)
		if b < bins-1 {
			with := left
			with.add(missing)
			try(with, b, true)
		}
	}
}

// node of a tree. The children of an inner node are kid, left, and kid+1.
type node struct {
	value       float64 // cut of an inner node: below it is left; value of a leaf
	column      int32   // −1 for a leaf
	kid         int32
	missingLeft bool
}

type tree []node

func (t tree) leaf(x []float64) float64 {
	i := int32(0)
	for {
		n := &t[i]
		if n.column < 0 {
			return n.value
		}
		v := x[n.column]
		i = n.kid
		if v != v {
			if !n.missingLeft {
				i++
			}
		} else if v >= n.value {
			i++
		}
	}
}
