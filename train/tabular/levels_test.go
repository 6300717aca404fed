package tabular

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/losses"
	"tweedie/sample"
	"tweedie/sde"
)

func beta(n int) []float64 {
	b := make([]float64, n)
	for i := range b {
		b[i] = 0.01 + 0.3*math.Pow(float64(i)/float64(n), 2)
	}
	return b
}

// Levels are the times of training, with the loss of their paper; the model keeps them in its
// file, and the samplers of chains go along them.
func TestTrainingOnLevels(t *testing.T) {
	text := sinesText(200, "a", "b")
	for _, l := range []*sde.Levels{{Beta: beta(40)}, {List: beta(40)}, {Count: 30}} {
		o := &Options{Levels: l, Encoding: "standard", Conditional: -1, Steps: 5, Hidden: 8, Layers: 1}
		tr, err := NewTraining(must(ReadData(source("t.csv", text), o)), o)
		if err != nil {
			t.Fatal(err)
		}
		chain := must(l.Chain(sde.VP{}))
		got, want := tr.cfg.Objective.(losses.Denoising), losses.Discrete(chain)
		if got.Times.String() != want.Times.String() || got.Target != want.Target || got.Weight != want.Weight {
			t.Errorf("the loss is %+v, want %+v", got, want)
		}
		for _, u := range []float64{0, 0.4, 0.99} {
			a, _ := got.Times.At(got.Span(), u)
			if b := chain.Time(int(u * float64(l.Len()))); a != b {
				t.Errorf("time %g at quantile %g, want that of the level, %g", a, u, b)
			}
		}
		if err := tr.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := tr.Model().Save(path); err != nil {
			t.Fatal(err)
		}
		m := must(Load(path))
		if m.Levels() == nil || m.Levels().Len() != l.Len() || !slices.Equal(m.Levels().Beta, l.Beta) {
			t.Fatalf("the file has levels %+v", m.Levels())
		}
		r, err := m.resolve(3, &Query{Sampler: sample.Sampler{Name: "ddpm"}})
		if err != nil {
			t.Fatal(err)
		}
		method, err := r.rowMethod()
		if err != nil {
			t.Fatal(err)
		}
		if ts := method.(sample.FixedTimes).Times(); len(ts) != l.Len() || ts[0] != chain.Time(l.Len()-1) {
			t.Errorf("ddpm has %d levels, from t = %g", len(ts), ts[0])
		}
		if r, err := m.resolve(3, &Query{Sampler: sample.Sampler{Name: "ddpm", Levels: 77}}); err != nil || r.Sampler.LevelList != nil {
			t.Errorf("levels that are asked for: %v", err)
		}
		if _, err := m.Sample(context.Background(), 3, &Query{Sampler: sample.Sampler{Name: "ddpm"}}); err != nil {
			t.Error(err)
		}
		if _, err := m.Sample(context.Background(), 3, nil); err != nil {
			t.Error(err)
		}
	}
	if m := normalModel(); m.Levels() != nil {
		t.Error("a model of continuous time has levels")
	}
}

// A model that is trained on few levels learns its law there: of two normal columns, by ddpm.
func TestRowsOfAModelOfLevels(t *testing.T) {
	m := fit(sinesText(400, "a", "b"), Options{Levels: &sde.Levels{Beta: beta(60)}, Encoding: "standard", Conditional: -1, Steps: 300, Hidden: 32, Layers: 2, Seed: 1})
	const n = 2000
	c, err := m.Sample(context.Background(), n, &Query{Sampler: sample.Sampler{Name: "ddpm"}, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	real := cellsOf(m, sinesText(400, "a", "b"))
	for j := range 2 {
		var m1, v1, m2, v2 float64
		for i := range n {
			m1 += c.Number(i, j) / n
		}
		for i := range n {
			v1 += math.Pow(c.Number(i, j)-m1, 2) / n
		}
		for i := range 400 {
			m2 += real.Number(i, j) / 400
		}
		for i := range 400 {
			v2 += math.Pow(real.Number(i, j)-m2, 2) / 400
		}
		// four standard errors of the mean of n rows, and a tenth for what 300 steps leave
		if math.Abs(m1-m2) > 4*math.Sqrt(v2/n)+0.1*math.Sqrt(v2) || math.Abs(math.Sqrt(v1/v2)-1) > 0.15 {
			t.Errorf("column %d: %.3f, %.3f, of the rows %.3f, %.3f", j, m1, v1, m2, v2)
		}
	}
}

func TestLevelsOfTrainingAreRefused(t *testing.T) {
	for _, c := range []struct {
		o      Options
		option string
		word   string
	}{
		{Options{Levels: &sde.Levels{Count: 10}}, "levels", "more than"},
		{Options{Levels: &sde.Levels{Count: 100}, Schedule: "cosine"}, "levels", "vp and ve"},
		{Options{Levels: &sde.Levels{Count: 100}, Times: "uniform"}, "times", "give one"},
		{Options{Levels: &sde.Levels{Sigma: []float64{1, 2}}}, "levels", "give β_i"},
		{Options{Levels: &sde.Levels{Sigma: []float64{1, 2}, Step: []float64{0.1, 0.1}}, Schedule: "ve"}, "levels", "step"},
		{Options{Levels: &sde.Levels{}}, "levels", "give one"},
		{Options{Levels: &sde.Levels{Count: 100}, Weighting: "odd"}, "weighting", "odd"},
	} {
		if err := refused(c.o.Validate(), c.option, c.word); err != nil {
			t.Error(err)
		}
	}
	if err := (&Options{Levels: &sde.Levels{Count: 100}, Weighting: "sigma2"}).Validate(); err != nil {
		t.Error(err)
	}
}

// A run goes on with its own levels only.
func TestResumingOnOtherLevels(t *testing.T) {
	text := sinesText(100, "a", "b")
	start := func(l *sde.Levels) *Training {
		o := &Options{Levels: l, Encoding: "standard", Steps: 4, Hidden: 8, Layers: 1}
		tr := must(NewTraining(must(ReadData(source("t.csv", text), o)), o))
		if err := tr.Prepare(); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	state := must(start(&sde.Levels{Beta: beta(20)}).State())
	if err := start(&sde.Levels{Beta: beta(20)}).Restore(state); err != nil {
		t.Error(err)
	}
	other := beta(20)
	other[3] *= 1.01
	for _, l := range []*sde.Levels{{Beta: other}, nil, {Count: 50}} {
		if err := start(l).Restore(state); err == nil || !strings.Contains(err.Error(), "levels was 20 of a file") {
			t.Errorf("%+v: %v", l, err)
		}
	}
	// a damaged list
	f := must(fit(text, Options{Levels: &sde.Levels{Beta: beta(20)}, Steps: 1, Hidden: 8, Layers: 1}).File())
	f.Meta["chain"] = `{"beta":[0.5,0.1]}`
	if _, err := FromCheckpoint(f); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Error(err)
	}
}
