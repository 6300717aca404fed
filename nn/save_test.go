package nn

import (
	"errors"
	"maps"
	"math"
	"path/filepath"
	"runtime"
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

// A file whose description claims what its arrays do not have is refused, at no cost
// beyond its size.
func TestClaimedSizesAreRefused(t *testing.T) {
	c := testConfig
	c.Conditions = []Condition{{Name: "k", Levels: 3}}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	good := checkpoints.New(ModelKind)
	if err := m.Store(good); err != nil {
		t.Fatal(err)
	}
	c.Conditions = nil
	classes, err := NewClassifier(c, Condition{Name: "k", Levels: 3})
	if err != nil {
		t.Fatal(err)
	}
	guide := checkpoints.New(ClassifierKind)
	if err := classes.Store(guide); err != nil {
		t.Fatal(err)
	}
	read := func(f *checkpoints.File, change func(d *description)) error {
		var d description
		if err := f.JSON("model", &d); err != nil {
			t.Fatal(err)
		}
		change(&d)
		g := &checkpoints.File{Meta: maps.Clone(f.Meta), Arrays: f.Arrays}
		if err := g.SetJSON("model", d); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var err error
		if f == guide {
			_, err = ClassifierFromCheckpoint(g)
		} else {
			_, err = FromCheckpoint(g)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%+v costs %d bytes", d.Net, after.TotalAlloc-before.TotalAlloc)
		}
		return err
	}
	if err := errors.Join(read(good, func(*description) {}), read(guide, func(*description) {})); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(d *description){
		"hidden":          func(d *description) { d.Net.Hidden = 1 << 31 },
		"huge hidden":     func(d *description) { d.Net.Hidden = 1 << 40 },
		"layers":          func(d *description) { d.Net.Layers = 10_000_000 },
		"huge layers":     func(d *description) { d.Net.Layers = 1 << 62 },
		"no layers":       func(d *description) { d.Net.Layers = -1 },
		"fewer layers":    func(d *description) { d.Net.Layers-- },
		"out":             func(d *description) { d.Net.Out = 1 << 40 },
		"narrow out":      func(d *description) { d.Net.Out = 1 },
		"dim":             func(d *description) { d.Net.Dim = 1 << 40 },
		"feat":            func(d *description) { d.Net.Feat = 1 << 40 },
		"fourier":         func(d *description) { d.Net.Fourier, d.FourierFeatures = 1<<40, 1<<40 },
		"film":            func(d *description) { d.Net.FiLM = true },
		"levels":          func(d *description) { d.Conditions[0].Levels = 1 << 60; d.Net.Feat += 1<<60 - 3 },
		"negative levels": func(d *description) { d.Conditions[0].Levels = -2; d.Net.Feat -= 5 },
		"wrapped levels": func(d *description) { // their sum overflows to what it was
			d.Conditions = []Condition{{Levels: math.MaxInt - 1}, {Levels: math.MaxInt - 1}, {Levels: 5}}
		},
		"category": func(d *description) {
			d.Categories = []Category{{Start: math.MaxInt, Shares: []float64{0.5, 0.5}}}
		},
		"mean": func(d *description) { d.Mean = d.Mean[1:] },
	} {
		if read(good, change) == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for name, change := range map[string]func(d *description){
		"label":       func(d *description) { d.Label.Levels = 1 << 40 },
		"no label":    func(d *description) { d.Label = nil },
		"out":         func(d *description) { d.Label.Levels, d.Net.Out = 1<<40, 1<<40 },
		"conditions":  func(d *description) { d.Conditions = []Condition{{Levels: 2}}; d.Net.Feat += 3 },
		"temperature": func(d *description) { d.Temperature = -1 },
	} {
		if read(guide, change) == nil {
			t.Errorf("classifier, %s: no error", name)
		}
	}
}

// FuzzDecode: whatever is said of a network, it is refused or can be used.
func FuzzDecode(f *testing.F) {
	c := testConfig
	c.Conditions, c.Conditional, c.FourierFeatures = []Condition{{Name: "k", Levels: 3}}, true, 1
	m, err := New(c)
	if err != nil {
		f.Fatal(err)
	}
	good := checkpoints.New(ModelKind)
	if err := m.Store(good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Meta["model"])
	f.Fuzz(func(t *testing.T, text string) {
		g := &checkpoints.File{Meta: map[string]string{checkpoints.KindKey: ModelKind, "model": text}, Arrays: good.Arrays}
		m, err := FromCheckpoint(g)
		if err != nil {
			return
		}
		x := mat.NewDense(2, m.Dim(), nil)
		if err := m.Denoise(x, x, []float64{0.5}); err != nil {
			t.Error(err)
		}
	})
}
