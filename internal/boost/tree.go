package boost

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
