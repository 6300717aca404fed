package tabular

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide/spec"
	"tweedie/sample"
)

// guideFile is a guide file of terms.
func guideFile(terms ...string) *spec.File {
	return must(spec.Parse("guide.yaml", []byte("guide:\n  - "+strings.Join(terms, "\n  - ")+"\n")))
}

// normalModel hardly trains: it is the law of two independent normal columns, of which
// every density and evidence is known.
func normalModel() *Model {
	return fit(sinesText(300, "a", "b"), Options{Encoding: "standard", Conditional: -1, Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
}

// Every kind of particles finds the evidence.
func TestParticlesFindTheEvidence(t *testing.T) {
	b := normalModel()
	mean, variance := b.net.Moments()
	var mu, v [2]float64
	for j := range 2 {
		shift, scale, ok := b.codec.Affine(j)
		if !ok {
			t.Fatal("the encoding is not affine")
		}
		mu[j], v[j] = shift+scale*mean[j], scale*scale*variance[j]
	}
	normal := func(x, m, v float64) float64 { return -((x-m)*(x-m)/v + math.Log(2*math.Pi*v)) / 2 }
	one := normal(1.5, mu[0], v[0]+0.09)
	k := v[0] / (v[0] + 0.09) // of a given its observation
	ma, va := mu[0]+k*(1.5-mu[0]), (1-k)*v[0]
	two := one + normal(2, ma+mu[1], va+v[1]+0.25)
	cdf := func(x float64) float64 { return math.Erfc(-(x-mu[0])/math.Sqrt(2*v[0])) / 2 }
	tilted := 0.5*mu[0] + v[0]/8
	guided := func(term string) Query { return Query{Guide: guideFile(term)} }
	by := func(q Query, how Conditioning) Query { q.Conditioning = how; return q }
	const (
		y      = "{observe: {a: 1.5}, noise: 0.3}"
		sum    = "{linear: [{weights: {a: 1, b: 1}, value: 2}], noise: 0.5}"
		reward = "{reward: {weights: {a: 1}, strength: 0.5}}"
		within = "{within: {column: a, min: 1, max: 2}}"
	)
	for _, c := range []struct {
		name string
		want float64
		q    Query
	}{
		{"tds", one, guided(y)},
		{"mcgdiff", one, by(guided(y), Conditioning{Method: "mcgdiff"})},
		{"fk", one, by(guided(y), Conditioning{Method: "fk"})},
		{"mcgdiff, errors of two sizes", two, by(Query{Guide: guideFile(y, sum)}, Conditioning{Method: "mcgdiff"})},
		{"tds, a reward", tilted, guided(reward)},
		{"fk, a reward", tilted, by(guided(reward), Conditioning{Method: "fk", Potential: "max"})},
		{"fk, a reward, sum", tilted, by(guided(reward), Conditioning{Method: "fk", Potential: "sum"})},
		{"fkc, a reward", tilted, by(guided(reward), Conditioning{Method: "fkc"})},
		{"tds, within", math.Log(cdf(2) - cdf(1)), by(guided(within), Conditioning{Resampler: "stratified"})},
		{"where", math.Log(cdf(2) - cdf(1)), Query{Where: []string{"1 <= a <= 2"}}},
	} {
		c.q.Conditioning.Particles, c.q.Sampler.NFE = 200, 200
		e := draw(b, 1600, &c.q).Evidence
		off := func(want float64) bool { return math.Abs(*e.LogEvidence-want) > 5**e.SE+0.06 }
		t.Logf("%s: %.3f ± %.3f, want %.3f", c.name, *e.LogEvidence, *e.SE, c.want)
		if off(c.want) {
			t.Errorf("%s: log evidence %.3f ± %.3f, want %.3f", c.name, *e.LogEvidence, *e.SE, c.want)
		}
		if !off(c.want + math.Ln2 + 5**e.SE) {
			t.Errorf("%s: twice the evidence passes", c.name)
		}
	}
}

// Groups whose labels were drawn count by their evidence, others alike; and a group that
// collapsed gives nothing.
func TestGroupsCountByTheirEvidence(t *testing.T) {
	s := particles{query: &query{rows: 4, labels: labelTurns{{rows: [][]int{{0}, {1}}}}}, groups: 3}
	s.Conditioning.Particles = 2
	s.chunks = []chunk{{
		cloud:  &sample.Particles{LogEvidence: []float64{-800, -800 + math.Log(3), math.Inf(-1)}, Collapsed: []int{-1, -1, 2}, Resampled: make([]int, 3), ESS: [][]float64{{2, 1}, {2, 2}, {2, 0}}, Times: []float64{1, 0}, Done: 3},
		weight: []float64{0.5, 0.5, 0.25, 0.75, 0, 0},
		log:    []float64{-800, -800 + math.Log(3), math.Inf(-1)}, variance: make([]float64, 3),
	}}
	differs := func(want []float64) bool {
		_, w := s.of(0)
		return !slices.EqualFunc(w, want, func(a, b float64) bool { return math.Abs(a*3-b) < 1e-12 })
	}
	if differs([]float64{0.5, 0.5, 0.75, 2.25, 0, 0}) {
		t.Error("drawn labels: groups do not count by their evidence")
	}
	if !differs([]float64{1.5, 1.5, 0.75, 2.25, 0, 0}) {
		t.Error("groups that count alike pass")
	}
	e, _ := s.evidence(4)
	if e.Collapsed != 1 || e.ESS[1] != 1.5 || math.Abs(*e.LogEvidence-(-800+math.Log(4./3))) > 1e-9 {
		t.Errorf("evidence %+v", e)
	}
	s.labels[0].rows = [][]int{{0}}
	if _, w := s.of(0); w[0] != 0.5 || w[3] != 0.75 {
		t.Errorf("one combination of labels: weights %v", w)
	}
	for i := range s.chunks[0].cloud.Collapsed {
		s.chunks[0].cloud.Collapsed[i] = 0
	}
	clear(s.chunks[0].weight)
	if _, err := s.draw(); err == nil {
		t.Error("all groups collapsed, and there are rows")
	}
}

// Rows by particles satisfy what is asked of them, are the same by any number of
// workers, and come with what the particles showed.
func TestRowsOfParticles(t *testing.T) {
	free, labeled, normal := model(t), model(t, "label"), normalModel()
	within := guideFile("{within: {column: a, min: 1, max: 1.2}}")
	for _, c := range []struct {
		m     *Model
		q     Query
		holds func(c *datasets.Cells, i int) bool
	}{
		{free, Query{Where: []string{"size > 13", "kind = red"}}, func(c *datasets.Cells, i int) bool { return c.Number(i, 0) > 13 && c.Level(i, 2) == 2 }},
		{labeled, Query{Where: []string{"size > 13", "label = yes"}}, func(c *datasets.Cells, i int) bool { return c.Number(i, 0) > 13 && c.Level(i, 3) == 1 }},
		{normal, Query{Guide: within}, func(c *datasets.Cells, i int) bool { return c.Number(i, 0) >= 1 && c.Number(i, 0) <= 1.2 }},
	} {
		c.q.Sampler.NFE, c.q.Conditioning.Particles, c.q.Seed = 12, 16, 4
		const n = 40
		var done []int
		c.q.Progress = func(k int) error { done = append(done, k); return nil }
		r := draw(c.m, n, &c.q)
		for i := range n {
			if !c.holds(r.Cells, i) {
				t.Fatalf("row %d of %q does not satisfy it", i, text(t, r.Cells))
			}
		}
		e := r.Evidence
		if r.Method != "tds" || e.Particles != 16 || e.Groups < 3 || e.Distinct < 2 || e.Distinct > n || r.NFE != 12 || done[len(done)-1] != n {
			t.Errorf("%s: evidence %+v, %g evaluations, progress %v", r.Method, e, r.NFE, done)
		}
		if r.WhereBy != "particles" || r.Tried != e.Groups*16 || r.Satisfied != *e.Satisfied || r.Satisfied <= 0 || r.Satisfied > 1 || len(e.Times) != 13 || len(e.ESS) < 13 {
			t.Errorf("%+v, satisfied %g of %d", e, r.Satisfied, r.Tried)
		}
		c.q.Workers = 3
		if again := draw(c.m, n, &c.q); text(t, again.Cells) != text(t, r.Cells) || *again.Evidence.LogEvidence != *e.LogEvidence {
			t.Error("workers change rows or evidence")
		}
		c.q.Seed++
		if text(t, draw(c.m, n, &c.q).Cells) == text(t, r.Cells) {
			t.Error("the seed is of no effect")
		}
	}
	// Labels that are drawn take many groups.
	if e := draw(labeled, 4, &Query{Where: []string{"size > 11"}, Conditioning: Conditioning{Particles: 4}, Sampler: sample.Sampler{NFE: 5}}).Evidence; e.Groups < labelGroups {
		t.Errorf("%d groups of labels", e.Groups)
	}
}

// What no particle satisfies gives no rows, but the evidence of that.
func TestNoParticleIsLeft(t *testing.T) {
	m := model(t)
	r, err := m.Sample(t.Context(), 4, &Query{Where: []string{"size < 10.02", "count = 9", "kind = red"}, Conditioning: Conditioning{Particles: 4}, Sampler: sample.Sampler{NFE: 3}})
	if err == nil || !strings.Contains(err.Error(), "take more particles") || r.Evidence == nil || r.Evidence.Groups != 2 || *r.Evidence.Satisfied != 0 {
		t.Errorf("%v", err)
	}
	s := particles{query: &query{}, groups: 2, chunks: []chunk{{cloud: &sample.Particles{Collapsed: []int{3, 1}, Done: 2}}}}
	if err := s.nothing(); !strings.Contains(err.Error(), "all 2 groups collapsed") {
		t.Error(err)
	}
	s.chunks[0].cloud.Collapsed[0] = -1
	s.Conditioning.Particles = 8
	if err := s.nothing(); !strings.Contains(err.Error(), "no particle of 16") {
		t.Error(err)
	}
}

// The share of the particles of each kind, of those that come in turn.
func TestQuota(t *testing.T) {
	s := particles{query: &query{rows: 8, known: make([][]float64, 3)}}
	if got := []int{s.quota(0), s.quota(1), s.quota(2)}; !slices.Equal(got, []int{3, 3, 2}) {
		t.Errorf("%v of 8 rows", got)
	}
}

// Particles are drawn in proportion to their weights, systematically, in order.
func TestDrawParticles(t *testing.T) {
	m := normalModel()
	cells := cellsOf(m, "a,b\n0.1,0\n0.2,0\n0.3,0\n0.4,0\n")
	s := particles{query: &query{model: m, rows: 10}, groups: 2}
	s.out = &emitter{model: m}
	s.Conditioning.Particles = 2
	part := func(first int, w ...float64) chunk {
		return chunk{first: first, cells: cells.Subset([]int{2 * first, 2*first + 1}), weight: w, cloud: &sample.Particles{LogEvidence: []float64{0}}}
	}
	s.chunks = []chunk{part(0, 0.5, 0), part(1, 0.2, 0.3)}
	n, err := s.draw()
	if err != nil || n != 3 {
		t.Errorf("%d different particles, %v", n, err)
	}
	if got := strings.Join(columnOf(t, &DrawnRows{Cells: s.out.all()}, "a"), " "); got != "0.100 0.100 0.100 0.100 0.100 0.300 0.300 0.400 0.400 0.400" {
		t.Errorf("rows %s", got)
	}
	// Of two kinds in turn, group 0 is of the first and group 1 of the second.
	s.known, s.out = make([][]float64, 2), &emitter{model: m}
	if _, err := s.draw(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(columnOf(t, &DrawnRows{Cells: s.out.all()}, "a"), " "); got != "0.100 0.100 0.100 0.100 0.100 0.300 0.300 0.400 0.400 0.400" {
		t.Errorf("rows of two kinds %s", got)
	}
}

// Particles that fail a condition in their written cells weigh nothing, and what is left
// is in the evidence of their group.
func TestJudge(t *testing.T) {
	m := normalModel()
	r := must(m.resolve(4, &Query{Where: []string{"a > 0.15"}, Guide: guideFile("{within: {column: b, max: 0.25}}"), Conditioning: Conditioning{Particles: 2}}))
	s := &particles{query: r, target: target{logScale: 3}, bounds: must(r.Guide.Bounds(m.codec))}
	cells := cellsOf(m, "a,b\n0.1,0\n0.2,0\n0.3,0.3\n0.4,0.2\n")
	x := mat.NewDense(4, 2, nil)
	m.codec.Encode(x, cells, nil, 1)
	c := chunk{cells: datasets.NewCells(m.Metadata(), 0), weight: []float64{0.25, 0.75, 0.5, 0.5}, cloud: &sample.Particles{X: x, LogEvidence: []float64{-1, -2}, Variance: []float64{0.1, 0.2}}}
	if err := s.judge(&c); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.weight, []float64{0, 0.75, 0, 0.5}) || math.Abs(c.log[0]-(2+math.Log(0.75))) > 1e-12 || math.Abs(c.log[1]-(1+math.Log(0.5))) > 1e-12 {
		t.Errorf("weights %v, log evidence %v", c.weight, c.log)
	}
	if math.Abs(c.variance[0]-(0.6/0.75-0.5)) > 1e-12 || math.Abs(c.variance[1]-(0.7/0.5-0.5)) > 1e-12 {
		t.Errorf("variances of the evidence %v", c.variance)
	}
	if text(t, c.cells) != text(t, cells) {
		t.Error("other cells")
	}
}

// Further groups are others.
func TestFurtherGroups(t *testing.T) {
	r := must(model(t).resolve(4, &Query{Where: []string{"size > 12"}, Conditioning: Conditioning{Particles: 4}, Sampler: sample.Sampler{NFE: 4}}))
	s := &particles{query: r, method: must(r.Sampler.Method(r.model.net.Schedule())), target: must(r.target())}
	for range 2 {
		if err := s.more(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
	}
	if s.groups != 6 || s.chunks[1].first != 3 || mat.Equal(s.chunks[0].cloud.X, s.chunks[1].cloud.X) {
		t.Errorf("%d groups, or the same", s.groups)
	}
}
