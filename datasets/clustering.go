package datasets

import (
	"fmt"
	"math"
)

// Clustering says how a column of very many levels is encoded. The most frequent ones have
// a position each, as in any column. The others are arranged in clusters of levels
// whose rows are alike: a first Category block says the level or the cluster, and a
// second one the member of the cluster: for K levels about 4√K and √K/4 positions in
// place of K. What is learned of a cluster is shared by its members.
//
// Of n levels, those of Order[:Own] have a position each, and cluster c of C has the
// members Order[k], Own + ⌊c(n-Own)/C⌋ ≤ k < Own + ⌊(c+1)(n-Own)/C⌋, so that sizes
// differ by at most one. Grouped levels count as one, which comes after the others.
type Clustering struct {
	Own      int   `json:"own"`
	Clusters int   `json:"clusters"`
	Order    []int `json:"order,omitempty"` // estimated by Fit
}

// clusterRatio makes clusterRatio √n clusters of n levels: their number is learned first.
const clusterRatio = 4

// newClustering returns the clustering of n > own levels, at least 4, without its order.
func newClustering(n, own int) *Clustering {
	own = min(own, n-4)
	clusters := int(math.Round(clusterRatio * math.Sqrt(float64(n-own))))
	return &Clustering{Own: own, Clusters: min(clusters, (n-own)/2)}
}

// start is where the members of cluster k begin, of n levels.
func (c *Clustering) start(k, n int) int { return c.Own + k*(n-c.Own)/c.Clusters }

// members is the size of the largest cluster, of n levels.
func (c *Clustering) members(n int) int { return (n - c.Own + c.Clusters - 1) / c.Clusters }

func (c *Clustering) invalid(n int) string {
	if c.Own < 0 || c.Clusters < 2 || c.Clusters > (n-c.Own)/2 {
		return fmt.Sprintf("%d levels of which %d are in %d clusters", n, n-c.Own, c.Clusters)
	}
	if c.Order == nil {
		return ""
	}
	seen := make([]bool, n)
	for _, k := range c.Order {
		if k < 0 || k >= n || seen[k] {
			return "a code that is no order of its levels"
		}
		seen[k] = true
	}
	if len(c.Order) != n {
		return fmt.Sprintf("a code of %d levels for %d", len(c.Order), n)
	}
	return ""
}

// items is the number of levels that are told apart, the group being one.
func (f *Field) items() int {
	n, group := 0, 0
	for k := range f.Levels {
		if f.Levels[k].Grouped {
			group = 1
		} else {
			n++
		}
	}
	return n + group
}

// clusterLayout is where a column with a Clustering has its levels.
type clusterLayout struct {
	firsts, seconds int      // positions of the two blocks
	pair            [][2]int // position in both of each item, and of missing
	item            [][]int  // those of each position of the first block, by that of the second
}

// newClusterLayout lays out n items, and a missing cell at the end of the first block. The
// last position of the second block, if needed, stands for no member.
func newClusterLayout(c *Clustering, n int, missing bool) *clusterLayout {
	p := &clusterLayout{seconds: c.members(n), pair: make([][2]int, n)}
	none := p.seconds
	alone := func(item int) {
		p.seconds = none + 1
		p.pair[item] = [2]int{len(p.item), none}
		p.item = append(p.item, []int{item})
	}
	for _, i := range c.Order[:c.Own] {
		alone(i)
	}
	for k := range c.Clusters {
		members := c.Order[c.start(k, n):c.start(k+1, n)]
		for m, i := range members {
			p.pair[i] = [2]int{len(p.item), m}
		}
		p.item = append(p.item, members)
	}
	if missing {
		p.pair = append(p.pair, [2]int{})
		alone(n)
	}
	p.firsts = len(p.item)
	return p
}

// decode returns the item of a position of the first block whose member is largest in the
// second block, the first of equals.
func (p *clusterLayout) decode(first int, second []float64) int {
	best, items := 0, p.item[first]
	for m := range items {
		if second[m] > second[best] {
			best = m
		}
	}
	return items[best]
}

func (f *Field) clustered() bool { return f.HasLevels() && !f.Condition && f.Clustering != nil }

// itemOf is the item of each level: grouped ones share the last.
func (f *Field) itemOf() []int {
	item, n := make([]int, len(f.Levels)), 0
	for k := range f.Levels {
		if !f.Levels[k].Grouped {
			item[k] = n
			n++
		}
	}
	for k := range f.Levels {
		if f.Levels[k].Grouped {
			item[k] = n
		}
	}
	return item
}
