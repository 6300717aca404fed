package onnx

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// everything is a graph of all operators that this module writes.
func everything(t Type) *Graph {
	g := New(t)
	n := Dim{Name: "N"}
	x := g.Input("x", n, Dim{Size: 3})
	w := g.Param("w", []int{3, 3}, func() []float64 { return []float64{1, 2, -1, 0.5, 0, 3, -2, 1, 1} })
	h := g.SiLU(g.Op("Add", g.Op("MatMul", x, w), g.Row(0.1, -0.2, 0.3)))
	parts := g.Split(g.Op("Sub", h, x), 1, 2)
	soft := g.Concat(parts[0], g.Softmax(parts[1]), g.LogSoftmax(parts[1]))
	null := g.Op("IsNaN", x)
	numbers := g.Op("Where", null, g.Scalar(0), x)
	pos := g.Op("Max", g.Op("Min", g.Op("Exp", numbers), g.Scalar(5)), g.Scalar(0.1))
	waves := g.Op("Mul", g.Op("Sin", numbers), g.Cos(g.Op("Neg", numbers)))
	flags := g.Op("Mul", g.Number(null), g.Number(g.Truth(g.Columns(numbers, 2, 0, 1))))
	flags = g.Op("Add", flags, g.Number(g.Op("Equal", numbers, g.Row(0, 1, 2))))
	sum := g.Op("Add", g.Op("Div", g.Op("Log", pos), g.Op("Sqrt", pos)), g.Op("Add", g.Op("Tanh", waves), flags))
	g.Op("Neg", sum) // which nothing reads
	g.Scalar(77)
	g.Output("y", g.Concat(sum, soft), n, Dim{Size: 8})
	g.Model().Name, g.Model().Doc, g.Model().Meta = "everything", "a test", [][2]string{{"b", "2"}, {"a", "1"}}
	return g
}

func TestModelsComeBack(t *testing.T) {
	for _, kind := range []Type{Float, Double} {
		m := everything(kind).Model()
		b := m.Encode()
		if !bytes.Equal(b, everything(kind).Model().Encode()) {
			t.Error("equal graphs have other bytes")
		}
		back, err := Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Initializers { // the file has float32s
			m.Initializers[i].rounded()
		}
		if !reflect.DeepEqual(m, back) {
			t.Errorf("type %d: the graph that comes back is another", kind)
		}
		for _, init := range back.Initializers {
			if len(init.Data) == 1 && init.Data[0] == 77 {
				t.Error("a constant that nothing reads is written")
			}
		}
		for _, n := range []int{0, 1, len(b) / 3, len(b) - 1} {
			if _, err := Decode(b[:n]); !errors.Is(err, errWire) {
				t.Errorf("cut at %d of %d bytes: %v", n, len(b), err)
			}
		}
		path := filepath.Join(t.TempDir(), "g.onnx")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		if saved, err := os.ReadFile(path); err != nil || !bytes.Equal(saved, b) {
			t.Errorf("the file has other bytes: %v", err)
		}
	}
}

// The golden file was read by onnx.checker and run by onnxruntime when it was made.
func TestGoldenBytes(t *testing.T) {
	path := filepath.Join("testdata", "everything.onnx")
	b := everything(Float).Model().Encode()
	if os.Getenv("TWEEDIE_WRITE_GOLDEN") != "" {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, want) {
		t.Errorf("%d bytes, and the golden file has %d others", len(b), len(want))
	}
}

// By hand: two rows, one with a NaN.
func TestRun(t *testing.T) {
	m := everything(Double).Model()
	x := []float64{1, -0.5, 2, 0, math.NaN(), 1}
	out, err := m.Run(map[string]*Tensor{"x": {Dims: []int{2, 3}, Data: x}})
	if err != nil {
		t.Fatal(err)
	}
	y := out["y"]
	if !reflect.DeepEqual(y.Dims, []int{2, 8}) {
		t.Fatalf("sizes %v", y.Dims)
	}
	for i, v := range x {
		null, u := truth(math.IsNaN(v)), v
		if null == 1 {
			u = 0
		}
		next := x[i/3*3+(i+2)%3] // column 2, 0, 1
		flag := truth(u == float64(i%3)) + null*truth(next != 0)
		pos := min(max(math.Exp(u), 0.1), 5)
		want := math.Log(pos)/math.Sqrt(pos) + math.Tanh(math.Sin(u)*math.Cos(u)) + flag
		if got := y.Data[i/3*8+i%3]; math.Abs(got-want) > 1e-12 {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
	w := [3][3]float64{{1, 2, -1}, {0.5, 0, 3}, {-2, 1, 1}}
	var h [3]float64
	for j := range h {
		z := []float64{0.1, -0.2, 0.3}[j]
		for k := range w {
			z += x[k] * w[k][j]
		}
		h[j] = z/(1+math.Exp(-z)) - x[j]
	}
	top := math.Exp(h[1]) + math.Exp(h[2])
	for j, want := range []float64{h[0], math.Exp(h[1]) / top, math.Exp(h[2]) / top, h[1] - math.Log(top), h[2] - math.Log(top)} {
		if got := y.Data[3+j]; math.Abs(got-want) > 1e-12 {
			t.Errorf("column %d is %v, want %v", 3+j, got, want)
		}
	}
	if !math.IsNaN(y.Data[8+3]) {
		t.Error("a NaN is lost in a product")
	}
}

func TestRunErrs(t *testing.T) {
	m := everything(Float).Model()
	x := &Tensor{Dims: []int{1, 3}, Data: make([]float64, 3)}
	for want, run := range map[string]func() error{
		`the input "x" is missing`: func() error { _, err := m.Run(nil); return err },
		"has the sizes [1 2]": func() error {
			_, err := m.Run(map[string]*Tensor{"x": {Dims: []int{1, 2}, Data: make([]float64, 2)}})
			return err
		},
		"this operator is not known":    func() error { return changed(t, m, func(m *Model) { m.Nodes[0].Op = "Conv" }, x) },
		"before it is there":            func() error { return changed(t, m, func(m *Model) { m.Nodes[0].In[0] = "z" }, x) },
		`nothing computes the output "`: func() error { return changed(t, m, func(m *Model) { m.Outputs[0].Name = "q" }, x) },
		"do not fit":                    func() error { return changed(t, m, func(m *Model) { m.Nodes[0].In[1] = "x" }, x) },
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func changed(t *testing.T, m *Model, change func(m *Model), x *Tensor) error {
	t.Helper()
	m, err := Decode(m.Encode())
	if err != nil {
		t.Fatal(err)
	}
	change(m)
	_, err = m.Run(map[string]*Tensor{"x": x})
	return err
}

func TestGraphPanics(t *testing.T) {
	for name, build := range map[string]func(){
		"a name twice":     func() { g := New(Float); g.Input("x"); g.Input("x") },
		"an unknown input": func() { New(Float).Op("Neg", "x") },
		"another type":     func() { New(Int64) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", name)
				}
			}()
			build()
		}()
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(everything(Float).Model().Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(m.Encode())
		if err != nil || !bytes.Equal(again.Encode(), m.Encode()) {
			t.Errorf("what was read is not written alike: %v", err)
		}
	})
}
