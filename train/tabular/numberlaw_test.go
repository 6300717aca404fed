package tabular

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/nn"
	"tweedie/sample"
)

// spoiled loads a classifier file as it stands.
func spoiled(f *checkpoints.File, path string) error {
	if err := checkpoints.Save(path, f); err != nil {
		return err
	}
	_, err := LoadClassifier(path)
	return err
}

// fieldsOf are a number and a category.
func fieldsOf() []*datasets.Field {
	return []*datasets.Field{{Name: "dose", Type: datasets.TypeNumeric}, {Name: "kind", Type: datasets.TypeCategorical, Levels: make([]datasets.Level, 2)}}
}

// What is not given of the conditions follows the empirical law: jointly where no number
// is given, of the nearest rows where one is.
func TestLawOfNumbers(t *testing.T) {
	const n = 1000
	c := mat.NewDense(n, 2, nil)
	for i := range n { // dose i/100; kind 1 from dose 5 on
		c.SetRow(i, []float64{float64(i) / 100, float64(i / 500)})
	}
	table := newConditionTable(c, fieldsOf(), 1)
	conds := []nn.Condition{{Name: "dose", Std: 1}, {Name: "kind", Levels: 2}}
	if err := table.check(conds); err != nil {
		t.Fatal(err)
	}
	if m, s := table.moments(0); math.Abs(m-4.995) > 1e-12 || math.Abs(s-math.Sqrt((n*n-1)/12.)/100) > 1e-12 {
		t.Errorf("moments %g, %g", m, s)
	}
	nan := math.NaN()
	rows := func(values []float64, keep func([]int) bool) (*labelLaw, *mat.Dense) {
		t.Helper()
		l, err := table.given(values, keep, 3)
		if err != nil {
			t.Fatal(err)
		}
		d := mat.NewDense(4000, 2, nil)
		labelTurns{l}.draw(d, func(i int) int { return i })
		return l, d
	}
	// Nothing given: the joint law. Kind goes with dose, and the mean of dose is that of the
	// table, within 4 standard errors.
	l, d := rows([]float64{nan, nan}, nil)
	sum := 0.0
	for i := range 4000 {
		if d.At(i, 1) != math.Floor(d.At(i, 0)/5) {
			t.Fatalf("row %d: %v is no row of the table", i, d.RawRowView(i))
		}
		sum += d.At(i, 0) / 4000
	}
	if e := math.Abs(sum - 4.995); e > 4*2.887/math.Sqrt(4000) || l.near != "" {
		t.Errorf("the mean of dose is off by %g; %q", e, l.near)
	}
	// A level given: the law of dose given it.
	if _, d = rows([]float64{nan, 1}, nil); slices.Min(mat.Col(nil, 0, d)) < 5 {
		t.Error("doses of the other kind are drawn")
	}
	// A number given: it is itself, and the kind that of the 5 % of the rows around it.
	l, d = rows([]float64{4.9, nan}, nil)
	share := 0.0
	for i := range 4000 {
		if d.At(i, 0) != 4.9 {
			t.Fatalf("dose %g", d.At(i, 0))
		}
		share += d.At(i, 1) / 4000
	}
	// The 50 nearest of 4.9 are 4.66 to 5.14 (or 4.65), of which 15 are of kind 1.
	if e := math.Abs(share - 15./50); e > 1./50+4*math.Sqrt(0.3*0.7/4000) || !strings.Contains(l.near, "50 training rows nearest") {
		t.Errorf("share of kind 1 is %g; %q", share, l.near)
	}
	// All given: nothing is drawn, and nothing approximate.
	if l, d = rows([]float64{2.345, 0}, nil); len(l.rows) != 1 || l.near != "" || d.At(7, 0) != 2.345 || d.At(7, 1) != 0 {
		t.Errorf("%v, %q", d.RawRowView(7), l.near)
	}
	if (labelTurns{l}).Caveats() != nil {
		t.Error("a caveat of what is exact")
	}
	for name, wrong := range map[string]labelTable{
		"no values":      {Rows: table.Rows, Count: table.Count},
		"NaN":            {Rows: [][]int{{0, 0}}, Count: []int{1}, Values: [][]float64{{nan}, {}}},
		"index":          {Rows: [][]int{{1, 0}}, Count: []int{1}, Values: [][]float64{{2}, {}}},
		"values of kind": {Rows: [][]int{{0, 0}}, Count: []int{1}, Values: [][]float64{{2}, {1}}},
	} {
		if wrong.check(conds) == nil {
			t.Errorf("%s passes", name)
		}
	}
	// A large table keeps lawRows of its rows, the same for one seed.
	r, big := stream.New(1, "tabular/test/big"), mat.NewDense(3*lawRows, 2, nil)
	for i := range 3 * lawRows {
		big.Set(i, 0, r.NormFloat64())
	}
	kept, again := newConditionTable(big, fieldsOf(), 1), newConditionTable(big, fieldsOf(), 1)
	if len(kept.Rows) != lawRows || !slices.Equal(kept.Values[0], again.Values[0]) {
		t.Errorf("%d rows", len(kept.Rows))
	}
	if m, s := kept.moments(0); math.Abs(m) > 4/math.Sqrt(lawRows) || math.Abs(s-1) > 4/math.Sqrt(2*lawRows) {
		t.Errorf("moments of what is kept: %g, %g", m, s)
	}
}

// Rows given a dose are those of the law given it, a = 2 dose + N(0, 1), also of a dose that
// no row had; conditions restrict the doses; a file keeps all of it.
func TestConditionOnANumber(t *testing.T) {
	o := quick("dose", "kind")
	o.Steps, o.Conditional, o.NeighborMixup = 600, -1, -1
	m := fit(doseText(2000, "a,b,dose,kind"), *o)
	if c := m.net.Conds; len(c) != 2 || c[0].Levels != 0 || math.Abs(c[0].Mean-2.5) > 0.2 || math.Abs(c[0].Std-1.44) > 0.1 || c[1].Levels != 2 {
		t.Fatalf("conditions %v", c)
	}
	path := t.TempDir() + "/m.st"
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	m = must(Load(path))
	q := Query{Given: map[string]string{"dose": "1.234"}, Sampler: sample.Sampler{NFE: 30}}
	const n = 1000
	r := draw(m, n, &q)
	sum := 0.0
	for i := range n {
		if got := r.Number(i, 2); got != 1.234 && got != 1.23 {
			t.Fatalf("row %d has the dose %v", i, got)
		}
		if r.Level(i, 3) != 1 { // v: all of its neighbors
			t.Fatalf("row %d has another kind", i)
		}
		sum += r.Number(i, 0) / n
	}
	// 4 standard errors, and 0.3 for a network of a second's training.
	if e := math.Abs(sum - 2*1.234); e > 4/math.Sqrt(n)+0.3 {
		t.Errorf("the mean of a is %.3f, want %.3f", sum, 2*1.234)
	}
	drawn, err := m.Sample(t.Context(), 4, &q)
	if err != nil || !slices.ContainsFunc(drawn.Caveats, func(s string) bool { return strings.Contains(s, "rows nearest") }) {
		t.Errorf("%v, caveats %q", err, drawn.Caveats)
	}
	// Free doses have the law of the table; those that conditions allow, the law of these.
	free, high := draw(m, 500, &Query{Sampler: q.Sampler}), draw(m, 500, &Query{Sampler: q.Sampler, Where: []string{"dose > 4"}})
	mean := 0.0
	for i := range 500 {
		mean += free.Number(i, 2) / 500
		if high.Number(i, 2) <= 4 {
			t.Fatal("a dose that the condition excludes")
		}
	}
	if math.Abs(mean-2.5) > 4*1.45/math.Sqrt(500)+0.1 {
		t.Errorf("mean of free doses %.3f", mean)
	}
	// Strengthened, they are further from the mean of all.
	if strong := draw(m, 500, &Query{Given: map[string]string{"dose": "4.5", "kind": "u"}, CFG: 3, Sampler: q.Sampler}); mat.Sum(mat.NewVecDense(500, numbersOf(strong.Cells, 0)))/500 < 8.5 {
		t.Error("cfg 3 does not strengthen the dose")
	}
	for given, want := range map[string]string{"9": "0 to 5", "much": "is no value of column", "-1": "beyond the range"} {
		_, err := m.Sample(t.Context(), 1, &Query{Given: map[string]string{"dose": given}})
		if err := refused(err, "given", want); err != nil {
			t.Errorf("%s: %v", given, err)
		}
	}
	_, err = m.Sample(t.Context(), 1, &Query{Given: map[string]string{"dose": "3"}, Where: []string{"dose > 4"}})
	if err := refused(err, "given", "contradicts"); err != nil {
		t.Error(err)
	}
	// Latents keep the doses.
	cells := cellsOf(m, doseText(5, "a,b,dose,kind"))
	l := must(m.Encode(t.Context(), cells, nil))
	var b strings.Builder
	if err := m.WriteLatents(&b, l); err != nil {
		t.Fatal(err)
	}
	if back := must(m.ReadLatents(source("z.csv", b.String()))); !mat.Equal(back.Labels, l.Labels) || l.Labels.At(0, 0) != cells.Number(0, 2) {
		t.Errorf("doses %v come back as %v", mat.Formatted(l.Labels), mat.Formatted(back.Labels))
	}
}

func numbersOf(c *datasets.Cells, j int) []float64 {
	v := make([]float64, c.Rows())
	for i := range v {
		v[i] = c.Number(i, j)
	}
	return v
}

// Which condition columns are numbers.
func TestConditionTypes(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,energy,class,year,code,name,same\n")
	r := stream.New(2, "tabular/test/types")
	for i := range 60 {
		b.WriteString(strings.Join([]string{
			fmt.Sprint(r.NormFloat64()), fmt.Sprint(float64(i%3) / 2), fmt.Sprint(float64(i % 3)), fmt.Sprint(float64(1950 + i)), []string{"007", "010"}[i%2], []string{"p", "q"}[i%2], "1.5",
		}, ",") + "\n")
	}
	table := source("t.csv", b.String())
	names := []string{"energy", "class", "year", "code", "name"}
	m := must(inferConditions(table, &datasets.InferOptions{}, names))
	for name, is := range map[string]bool{"energy": true, "class": false, "year": true, "code": false, "name": false} {
		if m.Field(name).IsNumber() != is {
			t.Errorf("%s is %s", name, m.Field(name).Type)
		}
	}
	told := &datasets.InferOptions{Types: map[string]datasets.Type{"class": datasets.TypeNumeric, "energy": datasets.TypeCategorical}}
	m = must(inferConditions(table, told, names))
	if !m.Field("class").IsNumber() || m.Field("energy").IsNumber() {
		t.Errorf("types that were told: %s, %s", m.Field("class").Type, m.Field("energy").Type)
	}
}
