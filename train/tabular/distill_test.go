package tabular

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
)

// normalTeacher is a model of normal a, of mean 3 and deviation 2, and kinds of shares 0.7 and 0.3 that it knows
// nothing of but moments and shares: an untrained network is the exact denoiser of that law.
func normalTeacher(t *testing.T, conditions ...string) *Model {
	t.Helper()
	var b strings.Builder
	b.WriteString("a,kind\n")
	for i := range 400 {
		u := (float64(i) + 0.5) / 400
		fmt.Fprintf(&b, "%.6f,%s\n", 3+2*math.Sqrt2*math.Erfinv(2*u-1), []string{"x", "y"}[(i*7%10)/7])
	}
	o := &Options{Encoding: "standard", Steps: 1, Rate: 1e-9, Hidden: 16, Layers: 2, Holdout: -1, Conditional: -1, FourierFeatures: -1, NeighborMixup: -1, Conditions: conditions}
	tr, err := NewTraining(must(ReadData(source("t.csv", b.String()), o)), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return tr.Model()
}

func studentOf(t *testing.T, m *Model, evaluations int, o *Options) *Model {
	t.Helper()
	tr, err := m.NewDistillation(context.Background(), Distillation{Evaluations: evaluations, Paths: 1500}, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return tr.Model()
}

// A student of a normal law and of levels that are independent of it draws both as they are.
func TestStudentHasTheLawOfItsTeacher(t *testing.T) {
	teacher := normalTeacher(t)
	for _, k := range []int{1, 2, 4} {
		steps := map[int]int{1: 250, 2: 250, 4: 1500}[k] // moments take longer than flow maps
		m := studentOf(t, teacher, k, &Options{Steps: steps, Rate: 5e-3, Batch: 128})
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		m = must(Load(path))
		if len(m.Student()) != k || len(m.student.Teacher) != 64 {
			t.Fatalf("the file has the student %+v", m.student)
		}
		const n = 4000
		r := must(m.Sample(context.Background(), n, nil))
		mean, square, x := 0.0, 0.0, 0.0
		for i := range n {
			v := r.Number(i, 0)
			mean, square = mean+v/n, square+v*v/n
			if r.Level(i, 1) == 0 {
				x += 1.0 / n
			}
		}
		if sd := math.Sqrt(square - mean*mean); math.Abs(mean-3) > 0.12 || math.Abs(sd-2) > 0.12 || math.Abs(x-0.7) > 0.04 || r.NFE != float64(k) {
			t.Errorf("%d evaluations (%g): mean %.3f, deviation %.3f, share %.3f; want 3, 2 and 0.7", k, r.NFE, mean, sd, x)
		}
	}
}

// Neither paths nor training depend on the number of workers, and a run that is stopped goes on, by flow maps
// and by moment matching.
func TestStudentsAreReproducible(t *testing.T) {
	for k, teacher := range map[int]*Model{2: normalTeacher(t, "kind"), 4: normalTeacher(t)} {
		o := func(workers int) *Options {
			return &Options{Steps: 6, Batch: 512, Every: 3, Seed: 7, Workers: workers}
		}
		a, b := studentOf(t, teacher, k, o(1)), studentOf(t, teacher, k, o(3))
		if (a.student.Method == matched) != (k == 4) {
			t.Errorf("%d evaluations: method %q", k, a.student.Method)
		}
		if !mat.Equal(flat(a), flat(b)) {
			t.Errorf("%d evaluations: the number of workers changes a student", k)
		}
		d := Distillation{Evaluations: k, Paths: 1500}
		tr := must(teacher.NewDistillation(context.Background(), d, o(1)))
		ctx, cancel := context.WithCancel(context.Background())
		if err := tr.OnSave(func() error { cancel(); return nil }); err != nil {
			t.Fatal(err)
		}
		if err := tr.Run(ctx); err == nil {
			t.Fatal("the run was not stopped")
		}
		state := must(tr.State())
		again := must(teacher.NewDistillation(context.Background(), d, o(1)))
		if err := again.Restore(state); err != nil || again.Run(context.Background()) != nil || !mat.Equal(flat(a), flat(again.Model())) {
			t.Errorf("%d evaluations: the resumed run ends elsewhere: %v", k, err)
		}
		other := must(teacher.NewDistillation(context.Background(), Distillation{Evaluations: 6 - k, Paths: 1500}, o(1)))
		if err := other.Restore(state); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("evaluations was %d and is now %d", k, 6-k)) {
			t.Errorf("a run of another student: %v", err)
		}
	}
}

// Labels of a student are given or drawn, and its rows can be rejected.
func TestStudentsHaveLabelsAndConditions(t *testing.T) {
	a := studentOf(t, normalTeacher(t, "kind"), 2, &Options{Steps: 6, Batch: 512, Seed: 7})
	r, err := a.Sample(context.Background(), 30, &Query{Given: map[string]string{"kind": "y"}})
	if err != nil || string(r.AppendText(nil, 3, 1)) != "y" {
		t.Errorf("a label that is given: %v", err)
	}
	if r, err = a.Sample(context.Background(), 30, &Query{Where: []string{"a > 3"}}); err != nil || r.Number(4, 0) <= 3 {
		t.Errorf("rows under a condition: %v", err)
	}
}

func flat(m *Model) *mat.Dense {
	p := m.Network().Params.Flat
	x := mat.NewDense(1, len(p), nil)
	for j, v := range p {
		x.Set(0, j, float64(v))
	}
	return x
}

// What a student cannot do is an error that names its teacher.
func TestStudentsRefuse(t *testing.T) {
	ctx, teacher := context.Background(), normalTeacher(t)
	m := studentOf(t, teacher, 1, &Options{Steps: 1, ConfigNotes: map[string]string{"distill": "big.safetensors"}})
	sampled := func(q Query) error { _, err := m.Sample(ctx, 3, &q); return err }
	table := source("t.csv", "a,kind\n1,x\n")
	logProb := func() error { _, err := m.LogProb(ctx, table); return err }
	impute := func() error { _, err := m.Impute(ctx, table, nil); return err }
	export := func() error { _, err := m.Export(Export{}); return err }
	paths := func() error { _, err := m.Paths(ctx, 3, nil, sample.Sampler{}, 1, 1); return err }
	check := func() error { _, err := m.Calibrate(ctx, nil, nil); return err }
	again := func() error { _, err := m.NewDistillation(ctx, Distillation{Evaluations: 1}, nil); return err }
	mean := func() error { _, err := Average(teacher, m); return err }
	plane := func() error { _, err := m.Plane(1); return err }
	for name, err := range map[string]error{
		"given": sampled(Query{Given: map[string]string{"kind": "x"}}), "balance": sampled(Query{Balance: "kind"}),
		"sampler": sampled(Query{Sampler: sample.Sampler{Name: "ddim"}}), "nfe": sampled(Query{Sampler: sample.Sampler{NFE: 9}}),
		"guide": sampled(Query{Terms: []guide.Term{guide.Reward{R: func(_, _ []float64, _ int) float64 { return 0 }}}}),
		"cfg":   sampled(Query{CFG: 2}), "where": sampled(Query{Where: []string{"a > 1"}, WhereBy: "guide"}),
		"particles": sampled(Query{Conditioning: Conditioning{Particles: 8}}), "method": sampled(Query{Conditioning: Conditioning{Method: "repaint"}}),
		"density": logProb(), "impute": impute(), "export": export(), "paths": paths(), "check": check(), "student": again(), "plane": plane(),
	} {
		if err == nil || !strings.Contains(err.Error(), "distilled to 1 evaluation") || !strings.Contains(err.Error(), "big.safetensors") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := mean(); err == nil || !strings.Contains(err.Error(), "distilled") {
		t.Errorf("the mean of teacher and student: %v", err)
	}
	if _, err := teacher.NewDistillation(ctx, Distillation{Evaluations: 3}, nil); err == nil {
		t.Error("a student of 3 evaluations")
	}
	if _, err := teacher.NewDistillation(ctx, Distillation{Evaluations: 2}, &Options{Hidden: 8}); err == nil || !strings.Contains(err.Error(), "Hidden") {
		t.Errorf("a network of its own: %v", err)
	}
}

// Files that claim what no student is are refused.
func TestReadStudent(t *testing.T) {
	for _, c := range []struct {
		s  student
		ok bool
	}{
		{student{Times: []float64{1, 0.4}, Reach: []float64{0.3}}, true},
		{student{}, false}, {student{Times: []float64{1, 0.4}}, false}, {student{Times: []float64{1.5}}, false},
		{student{Times: []float64{0.4, 0.5}, Reach: []float64{0}}, false}, {student{Times: []float64{1, 0.4}, Reach: []float64{0.5}}, false},
		{student{Times: []float64{1, 0.4}, Method: matched}, true}, {student{Times: []float64{1, 0.4}, Reach: []float64{0.3}, Method: matched}, false},
		{student{Times: []float64{0.4, 0.5}, Method: matched}, false}, {student{Times: []float64{1}, Method: "another"}, false},
	} {
		f := must(normalTeacher(t).File())
		if err := f.SetJSON(studentKey, c.s); err != nil {
			t.Fatal(err)
		}
		if _, err := FromCheckpoint(f); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
}
