package architectures_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets/toy"
	"tweedie/internal/architectures"
	"tweedie/internal/stream"
	"tweedie/losses"
	"tweedie/nn"
	"tweedie/sample"
	"tweedie/sde"
	"tweedie/train"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// mixture is a table of two moons of a sort: n rows in the plane.
func mixture(n int) train.Data {
	r := stream.New(5, "train/test/own")
	x := mat.NewDense(n, 2, nil)
	for i := range n {
		a := math.Pi * r.Float64()
		s := float64(i%2)*2 - 1
		x.SetRow(i, []float64{s*math.Cos(a) + 0.5*s + 0.1*r.NormFloat64(), s*math.Sin(a) + 0.1*r.NormFloat64()})
	}
	return train.Data{X: x}
}

func ownConfig(steps int) train.Config {
	return train.Config{Steps: steps, Batch: 300, Every: 1, Seed: 9, Rate: train.Rate{Peak: 5e-3}, Objective: losses.Denoising{Sched: sde.VP{}}}
}

// lossesOf are the losses of a run, step by step.
func lossesOf(t *testing.T, m *nn.Model, data train.Data, cfg train.Config) []float64 {
	t.Helper()
	var list []float64
	cfg.Observe = func(r train.Report) error { list = append(list, r.Loss); return nil }
	tr := must(train.New(m, data, nil, cfg))
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list
}

// The built-in network in stock ops, on Gorgonia's machine, has the losses of the fused
// one, over 100 steps.
func TestStockNetworkTrainsAsTheFusedOne(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds, and a minute under the race detector")
	}
	plane := func(hidden int, own *nn.Architecture) *nn.Model {
		c := nn.Config{Hidden: hidden, Layers: 2, Mean: []float64{0, 0}, Variance: []float64{1, 0.6}, FourierFeatures: 2, Seed: 1, Network: own}
		if own != nil {
			c.Hidden, c.Layers = 0, 0
		}
		return must(nn.New(c))
	}
	fused, stock := plane(24, nil), plane(24, architectures.MLP(24, 2))
	if !slices.Equal(fused.Params.Flat, stock.Params.Flat) {
		t.Fatal("the two start from other parameters")
	}
	data := mixture(900)
	a, b := lossesOf(t, fused, data, ownConfig(100)), lossesOf(t, stock, data, ownConfig(100))
	worst := 0.0
	for i := range a {
		worst = math.Max(worst, math.Abs(a[i]-b[i])/math.Abs(a[i]))
	}
	t.Logf("losses %.4f to %.4f, apart by %.2g at most", a[0], a[99], worst)
	if len(a) != 100 || worst > 1e-4 {
		t.Errorf("the losses are apart by %.2g", worst)
	}
	if last, first := mean10(a[90:]), mean10(a); last > 0.95*first {
		t.Errorf("the loss goes from %.4f to %.4f: the comparison says little", first, last)
	}
	other := ownConfig(100)
	other.Rate.Peak *= 1.02
	c, worst := lossesOf(t, plane(24, architectures.MLP(24, 2)), data, other), 0.0
	for i := range a {
		worst = math.Max(worst, math.Abs(a[i]-c[i])/math.Abs(a[i]))
	}
	if worst < 1e-4 {
		t.Error("a rate 2 % higher passes")
	}
}

func mean10(s []float64) float64 {
	sum := 0.0
	for _, v := range s[:10] {
		sum += v / 10
	}
	return sum
}

// grays are pictures of 8×8 pixels, the mean of their colors.
func grays(n int) train.Data {
	p := toy.Pictures{}
	rgb, x := mat.NewDense(n, p.Dim(), nil), mat.NewDense(n, p.Dim()/3, nil)
	p.Sample(rgb, 1, 0)
	for i := range n {
		for j := range p.Dim() / 3 {
			c := rgb.RawRowView(i)[3*j:]
			x.Set(i, j, (c[0]+c[1]+c[2])/3)
		}
	}
	return train.Data{X: x}
}

// sets are n sets of four numbers around a center of their own.
func sets(n int) train.Data {
	r, x := stream.New(6, "train/test/sets"), mat.NewDense(n, 4, nil)
	for i := range n {
		c := 2 * r.NormFloat64()
		for j := range 4 {
			x.Set(i, j, c+0.5*r.NormFloat64())
		}
	}
	return train.Data{X: x}
}

func moments(d train.Data) (mean, variance []float64) {
	n, k := d.X.Dims()
	for j := range k {
		c := mat.Col(nil, j, d.X)
		m := mat.Sum(mat.NewVecDense(n, c)) / float64(n)
		v := 0.0
		for _, x := range c {
			v += (x - m) * (x - m) / float64(n)
		}
		mean, variance = append(mean, m), append(variance, v)
	}
	return mean, variance
}

func ownModel(d train.Data, a *nn.Architecture) *nn.Model {
	mean, variance := moments(d)
	return must(nn.New(nn.Config{Mean: mean, Variance: variance, Network: a, Seed: 3}))
}

// Both networks learn, save and load, continue to the same bits whatever the workers, and
// have the derivatives of finite differences.
func TestNetworksOfOnesOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds, and a minute under the race detector")
	}
	for _, c := range []struct {
		a    *nn.Architecture
		data train.Data
	}{{architectures.Convolution(8, 4), grays(400)}, {architectures.DeepSet(4, 1, 12), sets(400)}} {
		t.Run(c.a.Name, func(t *testing.T) {
			cfg := ownConfig(50)
			cfg.Rate.Peak, cfg.Batch = 1e-2, 128
			m := ownModel(c.data, c.a)
			list := lossesOf(t, m, c.data, cfg)
			first, last := mean10(list), mean10(list[40:])
			t.Logf("loss %.4f to %.4f", first, last)
			if last > 0.9*first {
				t.Errorf("nothing is learned: the loss went from %.4f to %.4f", first, last)
			}
			derivatives(t, m)
			files(t, m, c.a)
			resumes(t, c.data, c.a)
			r, err := sample.Run(context.Background(), m, sample.Heun{}, 20, &sample.Options{NFE: 19, Seed: 1})
			if err != nil || r.X.RawMatrix().Rows != 20 {
				t.Errorf("sampling: %v", err)
			}
		})
	}
}

// derivatives compares the pullback with differences, and of a block with that of one row.
func derivatives(t *testing.T, m *nn.Model) {
	t.Helper()
	const n, h = 130, 1e-2
	d := m.Dim()
	r := stream.New(7, "train/test/derivatives")
	x, v, g := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
	for i := range n {
		for j := range d {
			x.Set(i, j, r.NormFloat64())
			v.Set(i, j, r.NormFloat64())
		}
	}
	mean, at := mat.NewDense(n, d, nil), []float64{0.4}
	pull := must(m.Linearize(mean, x, at))
	if err := pull(g, v); err != nil {
		t.Fatal(err)
	}
	again := mat.NewDense(n, d, nil) // values of an earlier run do not add up
	if err := pull(again, v); err != nil || !mat.Equal(again, g) {
		t.Errorf("a second pullback is another: %v", err)
	}
	for _, j := range []int{0, d / 2, d - 1} {
		up, down := mat.DenseCopyOf(x), mat.DenseCopyOf(x)
		for i := range n {
			up.Set(i, j, x.At(i, j)+h)
			down.Set(i, j, x.At(i, j)-h)
		}
		a, b := mat.NewDense(n, d, nil), mat.NewDense(n, d, nil)
		if m.Denoise(a, up, at) != nil || m.Denoise(b, down, at) != nil {
			t.Fatal("denoising errs")
		}
		for i := range n {
			want := 0.0
			for k := range d {
				want += v.At(i, k) * (a.At(i, k) - b.At(i, k)) / (2 * h)
			}
			if e := math.Abs(g.At(i, j) - want); e > 0.01*(1+math.Abs(want)) {
				t.Fatalf("row %d, coordinate %d: the pullback is %g, by differences %g", i, j, g.At(i, j), want)
			}
		}
	}
	one := mat.NewDense(1, d, nil)
	if err := m.Denoise(one, x.Slice(129, 130, 0, d).(*mat.Dense), at); err != nil || !mat.Equal(one, mean.Slice(129, 130, 0, d)) {
		t.Errorf("a row depends on its batch: %v", err)
	}
}

func files(t *testing.T, m *nn.Model, a *nn.Architecture) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.safetensors")
	f := checkpoints.New(nn.ModelKind)
	if err := m.Store(f); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	back, err := nn.Load(path, architectures.MLP(4, 1), a)
	if err != nil || !slices.Equal(back.Params.Flat, m.Params.Flat) {
		t.Fatalf("another comes back: %v", err)
	}
	x, p, q := mat.NewDense(2, m.Dim(), nil), mat.NewDense(2, m.Dim(), nil), mat.NewDense(2, m.Dim(), nil)
	if m.Denoise(p, x, []float64{0.3}) != nil || back.Denoise(q, x, []float64{0.3}) != nil || !mat.Equal(p, q) {
		t.Error("the loaded one denoises otherwise")
	}
	for _, c := range []struct {
		given []*nn.Architecture
		want  string
	}{
		{nil, `called "` + a.Name + `", and none was given`},
		{[]*nn.Architecture{architectures.MLP(4, 1)}, `given were "stock-mlp"`},
		{[]*nn.Architecture{{Name: a.Name, Build: architectures.MLP(4, 1).Build}}, "array"},
	} {
		if _, err := nn.Load(path, c.given...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}

// resumes compares a run of 4 steps by one worker with one by three that stops at the second
// and continues from a file.
func resumes(t *testing.T, data train.Data, a *nn.Architecture) {
	t.Helper()
	cfg := ownConfig(4)
	cfg.Workers = 1
	whole := must(train.New(ownModel(data, a), data, nil, cfg))
	if err := whole.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	cfg.Workers = 3
	ctx, stop := context.WithCancel(context.Background())
	cfg.Observe = func(r train.Report) error {
		if r.Step == 2 {
			stop()
		}
		return nil
	}
	part := must(train.New(ownModel(data, a), data, nil, cfg))
	if err := part.Run(ctx); err == nil || part.Step() != 2 {
		t.Fatalf("stopped at %d: %v", part.Step(), err)
	}
	state := must(part.State())
	cfg.Observe = nil
	rest := must(train.New(ownModel(data, a), data, nil, cfg))
	if err := rest.Restore(state); err != nil {
		t.Fatal(err)
	}
	if err := rest.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(whole.Model().Params.Flat, rest.Model().Params.Flat) {
		t.Error("workers, or an interruption, change the result")
	}
	another := must(train.New(ownModel(data, &nn.Architecture{Name: "renamed", Build: a.Build}), data, nil, cfg))
	if err := another.Restore(state); err == nil || !strings.Contains(err.Error(), "network") {
		t.Errorf("the state of another network: %v", err)
	}
}

// Members in another order give the output in that order.
func TestSetsAreEquivariant(t *testing.T) {
	d := sets(200)
	m := ownModel(d, architectures.DeepSet(4, 1, 12))
	r := stream.New(3, "train/test/equivariant")
	for i := range m.Params.Flat {
		m.Params.Flat[i] += float32(0.2 * r.NormFloat64())
	}
	x := d.X.Slice(0, 50, 0, 4).(*mat.Dense)
	order := []int{2, 0, 3, 1}
	y, a, b := mat.NewDense(50, 4, nil), mat.NewDense(50, 4, nil), mat.NewDense(50, 4, nil)
	for i := range 50 {
		for k, j := range order {
			y.Set(i, k, x.At(i, j))
		}
	}
	same := must(nn.New(nn.Config{Mean: []float64{0, 0, 0, 0}, Variance: []float64{4, 4, 4, 4}, Network: architectures.DeepSet(4, 1, 12)}))
	same = same.With(m.Params)
	if same.Denoise(a, x, []float64{0.3}) != nil || same.Denoise(b, y, []float64{0.3}) != nil {
		t.Fatal("denoising errs")
	}
	moved := 0.0
	for i := range 50 {
		for k, j := range order {
			if math.Abs(b.At(i, k)-a.At(i, j)) > 1e-5 {
				t.Fatalf("row %d: member %d has %g, and %g in another order", i, j, a.At(i, j), b.At(i, k))
			}
			moved = math.Max(moved, math.Abs(a.At(i, j)-a.At(i, 0)))
		}
	}
	if moved < 0.1 {
		t.Error("the output does not depend on the member")
	}
}
