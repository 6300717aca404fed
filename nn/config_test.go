package nn

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/sde"
)

func TestConfigIsChecked(t *testing.T) {
	good := func() Config {
		return Config{
			Hidden: 4, Layers: 1, Mean: []float64{0, 0.5, 0.5}, Variance: []float64{1, 0.25, 0.25},
			Categories: []Category{{Start: 1, Shares: []float64{0.5, 0.5}}},
		}
	}
	if _, err := New(good()); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*Config){
		"no mean":              func(c *Config) { c.Mean = nil },
		"a variance too many":  func(c *Config) { c.Variance = append(c.Variance, 1) },
		"negative variance":    func(c *Config) { c.Variance[0] = -1 },
		"infinite variance":    func(c *Config) { c.Variance[0] = math.Inf(1) },
		"NaN variance":         func(c *Config) { c.Variance[0] = math.NaN() },
		"infinite mean":        func(c *Config) { c.Mean[0] = math.Inf(-1) },
		"NaN mean":             func(c *Config) { c.Mean[0] = math.NaN() },
		"negative frequencies": func(c *Config) { c.FourierFeatures = -1 },
		"many frequencies":     func(c *Config) { c.FourierFeatures = maxFourier + 1 },
		"negative width":       func(c *Config) { c.Hidden = -1 },
		"negative layers":      func(c *Config) { c.Layers = -1 },
	} {
		c := good()
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	if _, err := NewClassifier(good(), Condition{Name: "x", Levels: 1}); err == nil {
		t.Error("a classifier of one class is accepted")
	}
	c := good()
	c.Conditions = []Condition{{Name: "size"}}
	if _, err := NewClassifier(c, Condition{Name: "x", Levels: 2}); err == nil {
		t.Error("a classifier with conditions is accepted")
	}
}

func TestConfigDefaults(t *testing.T) {
	m, err := New(Config{Mean: []float64{0}, Variance: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if want := (MLP{Dim: 1, Hidden: 128, Layers: 4, Feat: 16}); m.Net != want || m.Sched != (sde.VP{}) {
		t.Errorf("defaults %+v, %+v", m.Net, m.Sched)
	}
}

// Initial parameters: normal with the variance of one over the number of inputs, from
// streams of their names, and zero in the last layer and in every bias.
func TestInit(t *testing.T) {
	a := MLP{Dim: 200, Hidden: 100, Layers: 2, Feat: 50, FiLM: true}
	p := a.Init(3)
	for name, fan := range map[string]float64{"layer0.weight": 200, "layer0.feature": 50, "layer1.weight": 100, "layer1.feature": 50} {
		s := 0.0
		d := p.Get(name).Data
		for _, v := range d {
			s += float64(v) * float64(v) * fan / float64(len(d))
		}
		if n := float64(len(d)); math.Abs(s-1) > 4*math.Sqrt(2/n) {
			t.Errorf("%s: variance %g of 1/%g", name, s, fan)
		}
	}
	for _, name := range []string{"layer0.scale", "layer1.scale", "layer0.bias", "layer1.bias", "out.weight", "out.feature", "out.bias"} {
		for _, v := range p.Get(name).Data {
			if v != 0 {
				t.Fatalf("%s starts at %v", name, v)
			}
		}
	}
	if n := 200*100 + 100*100 + 4*50*100 + 2*100 + 100*200 + 50*200 + 200; p.Count() != n {
		t.Errorf("%d parameters, want %d", p.Count(), n)
	}
	// The bits are a promise to every seed.
	q := MLP{Dim: 2, Hidden: 3, Layers: 2, Feat: 4}.Init(7)
	for name, want := range map[string]float32{"layer0.weight": -0.3897514, "layer0.feature": -1.1295719, "layer1.weight": 0.7942599, "layer1.feature": -0.9140076} {
		if got := q.Get(name).Data[1]; got != want {
			t.Errorf("%s: the second number is %v, want %v", name, got, want)
		}
	}
}

// A file whose network is not what its description makes is refused.
func TestFileOfAnotherNetwork(t *testing.T) {
	m := trained(t, testConfig)
	for what, change := range map[string]func(*description){
		"features": func(d *description) { d.Net.Feat++ },
		"dim":      func(d *description) { d.Net.Dim-- },
		"waves":    func(d *description) { d.Net.Fourier = 2 },
	} {
		f := checkpoints.New(ModelKind)
		if err := m.Store(f); err != nil {
			t.Fatal(err)
		}
		var d description
		if err := f.JSON("model", &d); err != nil {
			t.Fatal(err)
		}
		change(&d)
		if err := f.SetJSON("model", d); err != nil {
			t.Fatal(err)
		}
		if _, err := FromCheckpoint(f); err == nil || !strings.Contains(err.Error(), "does not build") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The clip of |λ| at 12: two times beyond it have the same features.
func TestTimesBeyondTheClip(t *testing.T) {
	m := trained(t, Config{Hidden: 8, Layers: 1, Mean: []float64{0}, Variance: []float64{1}, Schedule: sde.VE{SigmaMin: 1e-8, SigmaMax: 1e8}})
	out := func(sigma float64) float64 {
		tm := math.Log(sigma/1e-8) / math.Log(1e16)
		d := mat.NewDense(1, 1, nil)
		// x = 0.7/c_in, so that the network sees the same value at every σ.
		if err := m.Denoise(d, mat.NewDense(1, 1, []float64{0.7 * math.Hypot(1, sigma)}), []float64{tm}); err != nil {
			t.Fatal(err)
		}
		return (d.At(0, 0) - 0.7/math.Hypot(1, sigma)) * math.Hypot(1, sigma) / sigma
	}
	for _, sign := range []float64{-1, 1} {
		at := func(l float64) float64 { return out(math.Exp(sign * l)) }
		if e := math.Abs(at(12.5) - at(14)); e > 1e-3 {
			t.Errorf("λ beyond %g: outputs differ by %g", -12*sign, e)
		}
		if e := math.Abs(at(10.5) - at(11.9)); e < 1e-3 {
			t.Errorf("λ before %g: outputs differ by %g only", -12*sign, e)
		}
	}
}

// Parameters belong to their network.
func TestWithRefusesAnotherLayout(t *testing.T) {
	m := trained(t, testConfig)
	other := trained(t, Config{Hidden: 4, Layers: 1, Mean: []float64{0}, Variance: []float64{1}})
	defer func() {
		if recover() == nil {
			t.Error("parameters of another network are accepted")
		}
	}()
	m.With(other.Params)
}

// A number beside a rare level of the same variance is normalized by its own.
func TestScalesOfNeighbors(t *testing.T) {
	const v = 0.01 * 0.99
	p := newPrecond([]float64{0, 0.01, 0.99}, []float64{v, v, v}, []Category{{Start: 1, Shares: []float64{0.01, 0.99}}}, true)
	var w coeffs
	c := sde.VP{}.Coeff(0.2)
	p.at(&w, c)
	for j, s := range []float64{v, 0.03, 0.03} {
		if cin := 1 / math.Sqrt(c.Alpha*c.Alpha*s+c.Sigma*c.Sigma); math.Abs(w.cin[j]-cin) > 1e-12 || math.Abs(p.clean[j]-1/math.Sqrt(s)) > 1e-12 {
			t.Errorf("position %d: c_in %g, want %g; at σ = 0 %g, want %g", j, w.cin[j], cin, p.clean[j], 1/math.Sqrt(s))
		}
		den := c.Alpha*c.Alpha*v + c.Sigma*c.Sigma
		if math.Abs(w.k[j]-c.Alpha*v/den) > 1e-12 || math.Abs(w.cout[j]-c.Sigma*math.Sqrt(v/den)) > 1e-12 {
			t.Errorf("position %d: k %g, c_out %g", j, w.k[j], w.cout[j])
		}
	}
}
