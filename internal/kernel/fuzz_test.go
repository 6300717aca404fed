package kernel

import (
	"math/rand/v2"
	"testing"
)

// FuzzProducts compares products with the reference on every path.
func FuzzProducts(f *testing.F) {
	f.Add(uint64(1), uint16(128), uint16(256), uint16(2), uint8(0), uint8(0))
	f.Add(uint64(2), uint16(2), uint16(33), uint16(300), uint8(5), uint8(1))
	f.Add(uint64(3), uint16(17), uint16(1), uint16(257), uint8(1), uint8(2))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint16, pad, op uint8) {
		r := rand.New(rand.NewPCG(seed, 0))
		p := newProduct[float32](r, []string{"NN", "TN", "NT"}[op%3], int(m%300)+1, int(n%300)+1, int(k%600)+1, int(pad%40), seed%2 == 0)
		var ws Workspace
		for _, way := range paths() {
			c := append([]float32(nil), p.c...)
			onPath(way, func() { p.run(&ws, c) })
			if err := p.check(c); err != nil {
				t.Fatalf("%s: %s %dx%dx%d: %v", pathNames[way], p.op, p.m, p.n, p.k, err)
			}
		}
	})
}
