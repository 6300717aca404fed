package nn

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sde"
)

func TestSaveAndLoad(t *testing.T) {
	c := testConfig
	c.Schedule, c.FiLM = sde.SubVP{BetaMax: 10, BetaMin: 0.2}, true
	c.FourierFeatures = 2
	m := trained(t, c)
	f := checkpoints.New(ModelKind)
	if err := m.Store(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Params.Flat, m.Params.Flat) || got.Sched != m.Sched || got.Net != m.Net {
		t.Error("the loaded model differs")
	}
	x, a, b := normals("x", 4, 3), mat.NewDense(4, 3, nil), mat.NewDense(4, 3, nil)
	if err := errors.Join(m.Denoise(a, x, []float64{0.4}), got.Denoise(b, x, []float64{0.4})); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "loaded", b, a)

	f.Arrays[0].Shape, f.Arrays[0].F32 = []int{1, 1}, []float32{0}
	if _, err := FromCheckpoint(f); !errors.Is(err, checkpoints.ErrShape) {
		t.Errorf("wrong shape: %v", err)
	}
	f.Arrays = f.Arrays[1:]
	if _, err := FromCheckpoint(f); !errors.Is(err, checkpoints.ErrMissing) {
		t.Errorf("missing array: %v", err)
	}
	if _, err := FromCheckpoint(checkpoints.New("training")); !errors.Is(err, checkpoints.ErrKind) {
		t.Errorf("another kind: %v", err)
	}
}

// Saved states of training are compared by this text: it does not follow the names of
// the fields.
func TestArchitectureIsAStoredFormat(t *testing.T) {
	m, err := New(Config{Hidden: 8, Layers: 1, FourierFeatures: 2, Conditional: true, Mean: []float64{1, 3}, Variance: []float64{4, 1}})
	if err != nil {
		t.Fatal(err)
	}
	const start = "{Dim:2 Hidden:8 Layers:1 FiLM:false Out:0 Feat:"
	const end = " Waves:8}, conditions [], categories [], raw false, parts true, schedule sde.VP{BetaMin:0 BetaMax:0}, mean [1 3], variance [4 1]"
	if a := m.Architecture(); !strings.HasPrefix(a, start) || !strings.HasSuffix(a, end) {
		t.Errorf("architecture %q", a)
	}
}
