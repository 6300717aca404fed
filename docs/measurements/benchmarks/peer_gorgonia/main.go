// Command peer_gorgonia takes tweedie's training step with what Gorgonia has
// in stock: its ops, its tape machine, its Adam. It prints one JSON object.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

const (
	dim      = 2
	freqs    = 8
	features = 2 * freqs
	rows     = 1 << 16 // of the resident table
)

func main() {
	hidden := flag.Int("hidden", 128, "width of the hidden layers")
	layers := flag.Int("layers", 3, "number of hidden layers")
	batch := flag.Int("batch", 512, "rows per step")
	seconds := flag.Duration("seconds", 2*time.Second, "how long to measure")
	flag.Parse()
	t, err := newTraining(*hidden, *layers, *batch)
	if err != nil {
		log.Fatal(err)
	}
	ms, err := measure(t.step, *seconds)
	if err != nil {
		log.Fatal(err)
	}
	q := func(p float64) float64 { return ms[int(p*float64(len(ms)-1)+0.5)] }
	err = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"side": "gorgonia", "bench": "train", "hidden": *hidden, "layers": *layers, "batch": *batch,
		"threads": runtime.GOMAXPROCS(0), "mode": "tape", "version": version(), "steps": len(ms),
		"ms_per_step": map[string]float64{"median": q(0.5), "p10": q(0.1), "p90": q(0.9), "best": ms[0]},
	})
	if err != nil {
		log.Fatal(err)
	}
}

// measure returns the times of single steps in ascending order, at least 5.
func measure(step func() error, long time.Duration) ([]float64, error) {
	var ms []float64
	for range 3 {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for begin := time.Now(); len(ms) < 5 || time.Since(begin) < long; {
		start := time.Now()
		if err := step(); err != nil {
			return nil, err
		}
		ms = append(ms, time.Since(start).Seconds()*1e3)
	}
	slices.Sort(ms)
	return ms, nil
}

// training is a graph with its machine, its solver and the table.
type training struct {
	batch             int
	table             []float32
	rng               *rand.Rand
	x, f, target, wgt []float32 // memory of the inputs
	xn, fn, tn, wn    *G.Node
	params            G.Nodes
	ema               [][]float32
	machine           G.VM
	solver            *G.AdamSolver
	inputs            [4]tensor.Tensor
	frequencies       [freqs]float64
}

func newTraining(hidden, layers, batch int) (*training, error) {
	t := &training{batch: batch, rng: rand.New(rand.NewPCG(1, 2)), table: make([]float32, rows*dim)}
	for i := range t.table {
		t.table[i] = float32(0.95*float64(2*t.rng.IntN(2)-1) + 0.31*t.rng.NormFloat64())
	}
	for k := range t.frequencies {
		t.frequencies[k] = math.Pi / 24 * math.Pow(2, float64(k)/2)
	}
	g := G.NewGraph()
	input := func(i int, name string, cols int) (*G.Node, []float32) {
		mem := make([]float32, batch*cols)
		t.inputs[i] = tensor.New(tensor.WithShape(batch, cols), tensor.WithBacking(mem))
		return G.NewMatrix(g, tensor.Float32, G.WithShape(batch, cols), G.WithName(name)), mem
	}
	t.xn, t.x = input(0, "x", dim)
	t.fn, t.f = input(1, "f", features)
	t.tn, t.target = input(2, "target", dim)
	t.wn, t.wgt = input(3, "weight", dim)
	cost, err := t.network(g, hidden, layers)
	if err != nil {
		return nil, err
	}
	if _, err := G.Grad(cost, t.params...); err != nil {
		return nil, err
	}
	t.machine = G.NewTapeMachine(g, G.BindDualValues(t.params...))
	t.solver = G.NewAdamSolver(G.WithLearnRate(1e-3), G.WithBeta2(0.99))
	for _, p := range t.params {
		t.ema = append(t.ema, slices.Clone(p.Value().Data().([]float32)))
	}
	return t, nil
}

// network builds h0 = silu(xW + fV + b), h = h + silu(hW + fV + b), and the
// weighted squared error of hW + fV + b. It panics where the shapes are wrong.
func (t *training) network(g *G.ExprGraph, hidden, layers int) (*G.Node, error) {
	param := func(name string, in, out int, zero bool) *G.Node {
		mem := make([]float32, in*out)
		for i := range mem {
			if !zero {
				mem[i] = float32(t.rng.NormFloat64() / math.Sqrt(float64(in)))
			}
		}
		n := G.NewMatrix(g, tensor.Float32, G.WithShape(in, out), G.WithName(name),
			G.WithValue(tensor.New(tensor.WithShape(in, out), tensor.WithBacking(mem))))
		t.params = append(t.params, n)
		return n
	}
	layer := func(l int, h *G.Node, out int, last bool) *G.Node {
		w := param(fmt.Sprintf("w%d", l), h.Shape()[1], out, last)
		v := param(fmt.Sprintf("v%d", l), features, out, last)
		b := param(fmt.Sprintf("b%d", l), 1, out, true)
		z := G.Must(G.Add(G.Must(G.Mul(h, w)), G.Must(G.Mul(t.fn, v))))
		z = G.Must(G.BroadcastAdd(z, b, nil, []byte{0}))
		if last {
			return z
		}
		return G.Must(G.HadamardProd(z, G.Must(G.Sigmoid(z))))
	}
	h := layer(0, t.xn, hidden, false)
	for l := 1; l < layers; l++ {
		h = G.Must(G.Add(h, layer(l, h, hidden, false)))
	}
	e := G.Must(G.Sub(layer(layers, h, dim, true), t.tn))
	return G.Sum(G.Must(G.HadamardProd(t.wn, G.Must(G.Square(e)))))
}

// step draws a batch, runs the tape, and takes Adam's and the average's step.
func (t *training) step() error {
	t.draw()
	for i, n := range []*G.Node{t.xn, t.fn, t.tn, t.wn} {
		if err := G.Let(n, t.inputs[i]); err != nil {
			return err
		}
	}
	if err := t.machine.RunAll(); err != nil {
		return err
	}
	if err := t.solver.Step(G.NodesToValueGrads(t.params)); err != nil {
		return err
	}
	t.machine.Reset()
	for i, p := range t.params {
		ema := t.ema[i]
		for j, v := range p.Value().Data().([]float32) {
			ema[j] += 1e-3 * (v - ema[j])
		}
	}
	return nil
}

// draw makes rows, times, noise, targets and weights of the denoising loss, for
// standardised data under a variance preserving schedule, ln(σ/α) ~ N(-1.5, 1.5²)
// and the weighting 1 + SNR. There c_in = 1, k = α and c_out = σ, so that the
// network regresses on (x_0 - α x_t)/σ with weight (1 + SNR) σ² = 1.
func (t *training) draw() {
	for i := range t.batch {
		lambda := max(-5, min(5, 1.5-1.5*t.rng.NormFloat64()))
		alpha, sigma := math.Sqrt(1/(1+math.Exp(-2*lambda))), math.Sqrt(1/(1+math.Exp(2*lambda)))
		row := t.table[dim*t.rng.IntN(rows):]
		for j := range dim {
			x0 := float64(row[j])
			xt := alpha*x0 + sigma*t.rng.NormFloat64()
			t.x[i*dim+j] = float32(xt)
			t.target[i*dim+j] = float32((x0 - alpha*xt) / sigma)
			t.wgt[i*dim+j] = float32(1 / float64(t.batch))
		}
		f := t.f[i*features : (i+1)*features]
		for k, w := range t.frequencies {
			s, c := math.Sincos(w * lambda)
			f[k], f[freqs+k] = float32(s), float32(c)
		}
	}
}

// version is that of Gorgonia in this build.
func version() string {
	b, _ := debug.ReadBuildInfo()
	for _, d := range b.Deps {
		if d.Path == "gorgonia.org/gorgonia" {
			return d.Version
		}
	}
	return ""
}
