package nn

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"path/filepath"
	"testing"

	"tweedie/internal/kernel"
)

// goldenBits are hashes of the parameters of the golden models after three steps of training,
// and of what they then make of the golden rows, in float32: on every machine with assembly.
var goldenBits = map[string]string{
	"condition.safetensors": "adf3562bf3331c05",
	"film.safetensors":      "afbcb8c65769d97d",
	"mixed.safetensors":     "8a4a6e7c1b23bb0e",
	"plain.safetensors":     "68943597d217e4c3",
	"table.safetensors":     "37907ddc5d0502d8",
	"toy.safetensors":       "3d3bc6c46ba98ac5",
}

// TestTrainedBits trains the golden models for three steps: AVX-512, AVX2 and NEON give the same
// bits. The rest of a training run, in float64, is the same where the compiler and package math
// compute the same: see limits.md.
func TestTrainedBits(t *testing.T) {
	if kernel.Path() == "go" {
		t.Skip("the portable kernels round otherwise")
	}
	for _, g := range goldens(t) {
		if g.LogProbs != nil {
			continue
		}
		if got, want := trainedBits(t, g), goldenBits[filepath.Base(g.File)]; got != want {
			t.Errorf("%s kernels: %q: %q, want %q", kernel.Path(), filepath.Base(g.File), got, want)
		}
	}
}

func trainedBits(t *testing.T, g goldenCase) string {
	t.Helper()
	m, err := FromCheckpoint(g.load(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.NewGradient()
	if err != nil {
		t.Fatal(err)
	}
	w := m.Params.Flat
	grad, first, second := make([]float32, len(w)), make([]float32, len(w)), make([]float32, len(w))
	r := Regression{X: g.X.dense(), Target: g.Target.dense(), T: g.T, Weight: g.Weight, Cond: g.Cond.dense(), Known: g.Known.dense()}
	for step := 1; step <= 3; step++ {
		c.Block(r, 1/float64(len(g.T)), grad, false)
		kernel.Adam(w, grad, first, second, nil, kernel.AdamStep{LR: 0x1p-7, Beta1: 0.875, Beta2: 0.96875, Eps: 0x1p-20,
			Correction1: 1 - math.Ldexp(1, -step), Correction2: 1 - math.Ldexp(1, -step)})
	}
	h := fnv.New64a()
	binary.Write(h, binary.LittleEndian, w)
	for _, v := range denoised(t, m, g.Cond.dense(), g.Known.dense(), g).RawMatrix().Data {
		binary.Write(h, binary.LittleEndian, float32(v))
	}
	return fmt.Sprintf("%016x", h.Sum64())
}
