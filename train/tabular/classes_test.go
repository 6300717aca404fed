package tabular

import (
	"slices"
	"testing"

	"tweedie/guide"
	"tweedie/nn"
	"tweedie/sample"
)

// A class for each row, or for each group of particles, guides that row as if all had
// its class: the same bits, over more rows than a block has.
func TestClassOfEachRow(t *testing.T) {
	m := fit(partText(300), *quick())
	c := must(m.FitClassifier(t.Context(), source("c.csv", sideText(300)), "side", &Options{Hidden: 24, Layers: 1, Steps: 60, Batch: 128, Seed: 5}))
	post := func(class ...int) *guide.Posterior {
		p := guide.New(m.net, guide.ClassifierGuidance{ClassScore: must(c.net.Of(class...))})
		if p.Err() != nil {
			t.Fatal(p.Err())
		}
		return p
	}
	const n = 300
	class := make([]int, n)
	for i := range class {
		class[i] = i * i / 3 % 2
	}
	rows := func(class ...int) *sample.Result {
		return must(sample.Run(t.Context(), post(class...), sample.DDIM{Eta: 1}, n, &sample.Options{Steps: 5, Seed: 2}))
	}
	each, of := rows(class...), []*sample.Result{rows(0), rows(1)}
	if n <= nn.BlockRows {
		t.Fatal("one block shows nothing")
	}
	for i, k := range class {
		if !slices.Equal(each.X.RawRowView(i), of[k].X.RawRowView(i)) || slices.Equal(each.X.RawRowView(i), of[1-k].X.RawRowView(i)) {
			t.Fatalf("row %d is not guided to its class %d", i, k)
		}
	}
	const groups, per = 6, 20
	particles := func(class ...int) *sample.Particles {
		tg := sample.TDS{Model: m.net, Guided: post(class...)}
		return must(sample.RunParticles(t.Context(), tg, sample.DDIM{Eta: 1}, groups, per, &sample.ParticleOptions{Options: sample.Options{Steps: 5, Seed: 2}}))
	}
	two, one := particles(class[:groups]...), []*sample.Particles{particles(0), particles(1)}
	for g, k := range class[:groups] {
		if two.LogEvidence[g] != one[k].LogEvidence[g] || two.LogEvidence[g] == one[1-k].LogEvidence[g] {
			t.Errorf("group %d: the evidence is not that of class %d", g, k)
		}
		for i := g * per; i < (g+1)*per; i++ {
			if !slices.Equal(two.X.RawRowView(i), one[k].X.RawRowView(i)) {
				t.Fatalf("particle %d of class %d", i, k)
			}
		}
	}
}
