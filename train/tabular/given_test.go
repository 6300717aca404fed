package tabular

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/sample"
)

// columnOf are the cells of a column of rows.
func columnOf(t testing.TB, r *DrawnRows, column string) []string {
	t.Helper()
	rows := records(text(t, r.Cells))
	k := slices.Index(rows[0], column)
	var cells []string
	for _, row := range rows[1:] {
		cells = append(cells, row[k])
	}
	return cells
}

// refused errs unless err is an OptionError of the option whose text has the words.
func refused(err error, option string, words ...string) error {
	var e *OptionError
	if !errors.As(err, &e) || e.Option != option || !strings.HasPrefix(e.Error(), option+" ") {
		return fmt.Errorf("%q is not refused: %v", option, err)
	}
	for _, w := range words {
		if !strings.Contains(e.Error(), w) {
			return fmt.Errorf("no %q in %q", w, e.Error())
		}
	}
	return nil
}

// Given values hold in every row, by every sampler and every method that takes them.
func TestGivenHolds(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	given := map[string]string{"size": "12.57", "kind": "green", "count": "3"}
	holds := func(what string, m *Model, q Query) {
		t.Helper()
		const n = 30
		r, err := m.Sample(context.Background(), n, &q)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		for column, v := range q.Given {
			if c := columnOf(t, r, column); len(c) != n || slices.ContainsFunc(c, func(s string) bool { return s != v }) {
				t.Errorf("%s: %s=%s is given, and the rows have %v", what, column, v, c)
			}
		}
	}
	samplers := 0
	for _, name := range sample.SamplerNames() {
		s := sample.Sampler{Name: name, NFE: 10}
		if s.Validate() != nil { // it has no such budget
			s.NFE = 0
		}
		if _, err := s.Method(free.net.Schedule()); err == nil && name != "none" {
			samplers++
			holds(name, free, Query{Given: given, Sampler: s})
		}
	}
	if samplers < 14 {
		t.Errorf("%d samplers", samplers)
	}
	few := sample.Sampler{NFE: 20}
	corrected := few
	corrected.Name, corrected.Corrector = "dpmpp2m", "langevin"
	with := func(column, v string) map[string]string {
		g := maps.Clone(given)
		g[column] = v
		return g
	}
	holds("a corrector", free, Query{Given: given, Sampler: corrected})
	holds("replacement", free, Query{Given: given, Sampler: few, Conditioning: Conditioning{Method: "replacement"}})
	holds("repaint", free, Query{Given: given, Sampler: few, Conditioning: Conditioning{Method: "repaint", Repeats: 2}})
	holds("cfg", free, Query{Given: given, Sampler: few, CFG: 2})
	holds("cfgpp", free, Query{Given: given, CFG: 0.5, Conditioning: Conditioning{Method: "cfgpp"}})
	holds("a missing cell", free, Query{Given: with("count", ""), Sampler: few})
	holds("a label too", labeled, Query{Given: with("label", "yes"), Sampler: few})
	holds("a label alone", labeled, Query{Given: map[string]string{"label": "no"}, Sampler: few, CFG: 1.5})
	holds("by rejection", free, Query{Given: given, Where: []string{"label = yes"}, Sampler: few})
	holds("by particles", free, Query{Given: given, Where: []string{"label = yes"}, Sampler: few, Conditioning: Conditioning{Particles: 16}})
	holds("repaint, with a label", labeled, Query{Given: map[string]string{"label": "yes", "size": "12.57"}, Sampler: few, Conditioning: Conditioning{Method: "repaint", Repeats: 2}})
}

// A method that puts values into the rows allows any model; guides do not.
func TestGivenOfAModelOfWholeRows(t *testing.T) {
	o := *quick()
	o.Conditional = -1
	m := fit(mixedText(60), o)
	q := Query{Given: map[string]string{"size": "12.57"}}
	if err := refused(m.Check(1, &q), "given", `"size=12.57"`, "replacement"); err != nil {
		t.Error(err)
	}
	q.Conditioning.Method, q.Sampler.NFE = "replacement", 10
	if c := columnOf(t, draw(m, 3, &q), "size"); !slices.Equal(c, []string{"12.57", "12.57", "12.57"}) {
		t.Error(c)
	}
	if m.Imputes() || !model(t).Imputes() {
		t.Error("Imputes")
	}
}

// Names of columns may hold "=": the longest that is a column counts.
func TestParseGiven(t *testing.T) {
	m := fit("a,a=b,x\n1,5,u\n2,6,v\n3,7,u=v\n4,8,u\n", Options{Steps: 1, Hidden: 4, Layers: 1})
	for _, c := range []struct {
		settings []string
		want     map[string]string
	}{
		{nil, map[string]string{}},
		{[]string{"a=2", "x=u=v"}, map[string]string{"a": "2", "x": "u=v"}},
		{[]string{"a=b=6", "a=3"}, map[string]string{"a=b": "6", "a": "3"}},
		{[]string{"q=1=2"}, map[string]string{"q": "1=2"}},
		{[]string{"a=2", "a=2.0"}, map[string]string{"a": "2.0"}}, // the same cell
		{[]string{"x=", "x="}, map[string]string{"x": ""}},
	} {
		if got, err := m.ParseGiven(c.settings); err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%q: %v, %v", c.settings, got, err)
		}
	}
	for _, c := range []struct {
		settings []string
		word     string
	}{
		{[]string{"a"}, "COLUMN=VALUE"},
		{[]string{"a=2", "x=u", "a=3"}, `"a=3" contradicts`},
		{[]string{"q=1", "q=2"}, "contradicts"},
	} {
		_, err := m.ParseGiven(c.settings)
		if err := refused(err, "given", c.word); err != nil {
			t.Error(err)
		}
	}
}

func TestGivenErrs(t *testing.T) {
	m := model(t)
	for _, c := range []struct{ column, value, want string }{
		{"siez", "12", "size"},
		{"size", "9.99", "from 10.00 to 15."},
		{"size", "1e300", "from 10.00 to"},
		{"count", "99", "from 0 to 9"},
		{"kind", "pink", "pink"},
		{"size", "big", "big"},
	} {
		err := m.Check(1, &Query{Given: map[string]string{c.column: c.value}})
		if err := refused(err, "given", c.want, fmt.Sprintf("%q", c.column+"="+c.value)); err != nil {
			t.Errorf("%s=%s: %v", c.column, c.value, err)
		}
	}
	// Of several the first by name is reported.
	for range 10 {
		err := m.Check(1, &Query{Given: map[string]string{"size": "1", "kind": "pink", "label": "maybe"}})
		if err := refused(err, "given", `"kind=pink"`); err != nil {
			t.Fatal(err)
		}
	}
	if err := refused(m.Check(1, &Query{Given: map[string]string{"kind": "red"}, Where: []string{"kind != red"}}), "given", "kind"); err != nil {
		t.Error(err)
	}
}

// A column of full precision is compared relative to its spread: 0 can be given.
func TestGivenOfFullPrecision(t *testing.T) {
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%.16g,%d\n", float64(i-30)/7.1234567, i%3)
	}
	m := fit(b.String(), Options{Steps: 1, Hidden: 4, Layers: 1, Encoding: "standard"})
	for _, v := range []string{"0", "1e-3", "-2.5"} {
		if err := m.Check(1, &Query{Given: map[string]string{"x": v}}); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
	if err := refused(m.Check(1, &Query{Given: map[string]string{"x": "9"}}), "given", `"x" has values from -4.2`); err != nil {
		t.Error(err)
	}
}

// Levels of a balanced column come in turn, of the conditions those that they allow.
func TestBalance(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	few := sample.Sampler{NFE: 6}
	turns := func(levels []string, first, n int) (want []string) {
		for i := range n {
			want = append(want, levels[(first+i)%len(levels)])
		}
		return want
	}
	kinds, labels := []string{"blue", "green", "red"}, []string{"no", "yes"}
	for _, c := range []struct {
		what   string
		m      *Model
		q      Query
		levels []string
	}{
		{"a column", free, Query{Balance: "kind"}, kinds},
		{"a part", free, Query{Balance: "kind", First: 4}, kinds},
		{"a label", labeled, Query{Balance: "label"}, labels},
		{"a column beside labels", labeled, Query{Balance: "kind"}, kinds},
		{"with values", free, Query{Balance: "kind", Given: map[string]string{"label": "no"}}, kinds},
	} {
		c.q.Sampler = few
		r := draw(c.m, 11, &c.q)
		if got := columnOf(t, r, c.q.Balance); !slices.Equal(got, turns(c.levels, c.q.First, 11)) {
			t.Errorf("%s: %v", c.what, got)
		}
		if c.q.Given != nil && slices.Contains(columnOf(t, r, "label"), "yes") {
			t.Errorf("%s: given values are lost", c.what)
		}
	}
	count := func(r *DrawnRows, column string) map[string]int {
		n := map[string]int{}
		for _, s := range columnOf(t, r, column) {
			n[s]++
		}
		return n
	}
	for _, by := range []string{"reject", "guide"} {
		r := draw(free, 8, &Query{Balance: "kind", Where: []string{"size > 11"}, WhereBy: by, Sampler: few})
		if n := count(r, "kind"); n["blue"] != 3 || n["green"] != 3 || n["red"] != 2 {
			t.Errorf("%s: %v", by, n)
		}
	}
	r := draw(free, 7, &Query{Balance: "kind", Where: []string{"kind != green"}, Sampler: few})
	if n := count(r, "kind"); n["blue"] != 4 || n["red"] != 3 {
		t.Errorf("two levels: %v", n)
	}
	r = draw(labeled, 9, &Query{Balance: "label", Where: []string{"size > 11"}, Sampler: few, Conditioning: Conditioning{Particles: 16}})
	if n := count(r, "label"); n["no"] != 5 || n["yes"] != 4 {
		t.Errorf("particles: %v", n)
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Balance: "kid"}, "kind"},
		{Query{Balance: "size"}, "no levels"},
		{Query{Balance: "kind", Given: map[string]string{"kind": "red"}}, "given already"},
	} {
		if err := refused(free.Check(1, &c.q), "balance", c.want); err != nil {
			t.Error(err)
		}
	}
}

// Rare levels that the model does not tell apart are one kind of rows, and what is
// balanced needs no guide.
func TestBalanceOfRareLevels(t *testing.T) {
	m := fit(townsText(400, 60), Options{Steps: 1, Hidden: 4, Layers: 1, Infer: &datasets.InferOptions{MaxLevels: 8, OneHot: -1}})
	single := 0
	for _, l := range m.Metadata().Field("town").Levels {
		if !l.Grouped {
			single++
		}
	}
	if r := must(m.resolve(1, &Query{Balance: "town"})); r.kinds() != single+1 || single == 0 || single == 60 {
		t.Errorf("%d kinds of %d levels that are told apart", r.kinds(), single)
	}
	r := must(model(t).resolve(1, &Query{Balance: "kind", Where: []string{"kind != green", "size > 12"}}))
	if !slices.Equal(r.conditioned, []int{2}) || r.kinds() != 2 || r.guided() != 1 {
		t.Errorf("columns %v fixed, %d kinds, %d guides", r.conditioned, r.kinds(), r.guided())
	}
}

// Rows depend on the seed and on their index: not on parts, workers, blocks or sinks.
func TestRowsDependOnTheirIndex(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	for _, c := range []struct {
		what string
		m    *Model
		q    Query
	}{
		{"the model", free, Query{}},
		{"labels", labeled, Query{}},
		{"cfg", labeled, Query{CFG: 2}},
		{"balance", labeled, Query{Balance: "kind"}},
		{"given", free, Query{Given: map[string]string{"kind": "red"}}},
		{"repaint", free, Query{Given: map[string]string{"kind": "red"}, Conditioning: Conditioning{Method: "repaint", Repeats: 2}}},
		{"cfgpp", labeled, Query{CFG: 0.5, Conditioning: Conditioning{Method: "cfgpp"}}},
	} {
		c.q.Seed, c.q.Sampler.NFE = 7, 8
		before := c.q
		whole := text(t, draw(c.m, 300, &c.q).Cells)
		if !reflect.DeepEqual(c.q, before) {
			t.Errorf("%s: the query was written to", c.what)
		}
		header, _, _ := strings.Cut(whole, "\n")
		parts := header + "\n"
		for _, p := range [][2]int{{0, 7}, {7, 13}, {20, 280}} {
			q := c.q
			q.First, q.Workers = p[0], 3
			last := 0
			q.Progress = func(done int) error { last = done; return nil }
			_, rows, _ := strings.Cut(text(t, draw(c.m, p[1], &q).Cells), "\n")
			parts += rows
			if last != p[1] {
				t.Errorf("%s: %d of %d rows done", c.what, last, p[1])
			}
		}
		if parts != whole {
			t.Errorf("%s: parts differ from the whole", c.what)
		}
		q := c.q
		q.Seed = 8
		if text(t, draw(c.m, 300, &q).Cells) == whole {
			t.Errorf("%s: another seed changes nothing", c.what)
		}
	}
}

// A sink gets the rows that there would be without it, and Progress and Encoded see
// all of them.
func TestSink(t *testing.T) {
	m := model(t, "label")
	const n = 700
	for _, where := range []string{"", "reject", "guide"} {
		q := Query{Seed: 2, Sampler: sample.Sampler{NFE: 4}}
		if where != "" {
			q.Where, q.WhereBy, q.Given = []string{"size > 12"}, where, map[string]string{"label": "yes"}
		}
		whole := text(t, draw(m, n, &q).Cells)
		var all strings.Builder
		w := datasets.NewCSVCells(&all, m.Metadata(), 0)
		var done []int
		encoded := 0
		q.Sink = func(c *datasets.Cells) error { return w.Write(c) }
		q.Progress = func(rows int) error { done = append(done, rows); return nil }
		see := func(first int, x *mat.Dense) error {
			if first != encoded {
				t.Errorf("rows from %d after %d", first, encoded)
			}
			rows, _ := x.Dims()
			encoded += rows
			return nil
		}
		if where == "" {
			q.Encoded = see
		}
		r := draw(m, n, &q)
		q.Encoded = nil
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if all.String() != whole || r.Cells != nil {
			t.Errorf("where by %q: the sink has other rows, or they are kept", where)
		}
		if done[len(done)-1] != n || !slices.IsSorted(done) || where == "" && encoded != n {
			t.Errorf("where by %q: progress %v, %d encoded rows", where, done, encoded)
		}
		stop := errors.New("stop")
		q.Sink = func(*datasets.Cells) error { return stop }
		if _, err := m.Sample(context.Background(), n, &q); !errors.Is(err, stop) {
			t.Errorf("where by %q: the error of the sink is %v", where, err)
		}
	}
}
