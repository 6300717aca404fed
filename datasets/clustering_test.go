package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
	"tweedie/internal/stream"
)

// towns is a table of so many towns, whose names say nothing, in four regions that
// have their own heights and colors; gaps says how many cells in a hundred are
// missing.
func towns(rows, levels, gaps int) Source {
	r := stream.New(3, "datasets/towns", uint64(levels))
	at := make([]int, rows)
	for i := range at {
		at[i] = min(r.IntN(levels), r.IntN(levels)) // lower numbers are frequent
		if i < levels {                             // and all are there
			at[i] = i
		}
	}
	return text(rowsOf(rows,
		func(i int) string {
			if i >= levels && r.IntN(100) < gaps {
				return ""
			}
			return fmt.Sprintf("t%04d", at[i])
		},
		func(i int) string { return fmt.Sprintf("%.2f", 3*float64(at[i]%4)+r.NormFloat64()) },
		func(i int) string { return []string{"red", "green", "blue", "grey"}[(at[i]%4+r.IntN(2))%4] },
	))
}

// A column of many levels has two blocks, which say each level and missing cells, and
// whose shares are those of the rows.
func TestCodedBlocks(t *testing.T) {
	c, e := fitted(t, towns(3000, 90, 5), &InferOptions{OneHot: 20}, nil)
	f := &e.Metadata().Columns[0]
	if f.Clustering == nil || len(f.Levels) != 90 {
		t.Fatalf("%d levels, code %v", len(f.Levels), f.Clustering)
	}
	b := e.Blocks()
	own, members := f.Clustering.Own, f.Clustering.members(90)
	if b[0].Column != "c0" || b[1].Column != "c0" || b[0].Len != own+f.Clustering.Clusters+1 || b[1].Len != members+1 || b[2].Column != "c1" {
		t.Fatalf("own %d, %d clusters of %d: blocks of %d and %d", own, f.Clustering.Clusters, members, b[0].Len, b[1].Len)
	}
	if b[0].Levels[own+f.Clustering.Clusters] != LevelMissing || !strings.HasPrefix(b[0].Levels[own], "cluster 1") || b[1].Levels[members] != "no member" {
		t.Errorf("positions are called %q and %q", b[0].Levels, b[1].Levels)
	}
	if names := e.Names(); len(names) != e.Dim() || len(unique(names)) != len(names) {
		t.Errorf("names %q", names)
	}
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	e.Encode(z, c, nil, 1)
	for _, b := range b {
		for k := range b.Freq {
			if m := mat.Sum(z.ColView(b.Start+k)) / float64(c.Rows()); math.Abs(m-b.Freq[k]) > 1e-9 {
				t.Errorf("%s=%s: mean %g, frequency %g", b.Column, b.Levels[k], m, b.Freq[k])
			}
		}
	}
	at := 0
	spans := e.Spans()
	for _, s := range spans {
		for _, p := range s {
			if p[0] != at {
				t.Errorf("a span from %d after %d", p[0], at)
			}
			at = p[1]
		}
	}
	if at != e.Dim() || len(spans) != len(c.meta.Columns) || len(spans[0]) != 2 || spans[0][0] != [2]int{0, b[0].Len} {
		t.Errorf("spans %v", spans)
	}
	seen := make([]bool, e.Dim())
	for i := range 200 {
		e.Observed(seen, c, i)
		if known := !c.Missing(i, 0); slices.Contains(seen[:b[0].Len+b[1].Len], !known) {
			t.Fatalf("row %d: observed is %v", i, seen)
		}
	}
	survive(t, c, e)

	// The most frequent levels have positions of their own, and the members of a
	// cluster are in order of frequency.
	count := func(k int) int { return f.Levels[f.Clustering.Order[k]].Count }
	least := math.MaxInt
	for k := range own {
		least = min(least, count(k))
	}
	for k := range f.Clustering.Clusters {
		lo, hi := f.Clustering.start(k, 90), f.Clustering.start(k+1, 90)
		for j := lo; j < hi; j++ {
			if count(j) > least || j > lo && count(j) > count(j-1) {
				t.Fatalf("cluster %d is not in order: %v", k, f.Clustering.Order[lo:hi])
			}
		}
	}
}

func unique(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// Coded tables survive, whatever they are; each level, and missing, has its own pair
// of positions, which Mark names; and a code with two levels exchanged is another.
func TestAnyCodeSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		levels := rapid.IntRange(5, 60).Draw(r, "levels")
		src := towns(rapid.IntRange(200, 400).Draw(r, "rows"), levels, rapid.IntRange(0, 20).Draw(r, "gaps"))
		m, err := Infer(src, &InferOptions{OneHot: rapid.IntRange(3, 20).Draw(r, "one-hot"), MaxLevels: rapid.SampledFrom([]int{0, 12, 30}).Draw(r, "most")})
		if err != nil {
			r.Skip(err)
		}
		if f := &m.Columns[0]; f.Clustering != nil {
			f.Clustering.Own = rapid.IntRange(0, f.items()-4).Draw(r, "own")
			f.Clustering.Clusters = rapid.IntRange(2, (f.items()-f.Clustering.Own)/2).Draw(r, "clusters")
		}
		c, err := ReadCells(src, m)
		if err != nil {
			r.Fatal(err)
		}
		e, err := Fit(c, nil)
		if err != nil {
			r.Fatal(err)
		}
		if e, err = NewCodec(throughJSON(t, e.Metadata()), false); err != nil {
			r.Fatal(err)
		}
		survive(t, c, e)
		if err := distinct(e); err != nil {
			r.Fatal(err)
		}
		if e.meta.Columns[0].Clustering == nil {
			return
		}
		other := *e.meta
		other.Columns = slices.Clone(other.Columns)
		code := *other.Columns[0].Clustering
		code.Order = slices.Clone(code.Order)
		last := len(code.Order) - 1
		code.Order[0], code.Order[last] = code.Order[last], code.Order[0]
		other.Columns[0].Clustering = &code
		wrong, err := NewCodec(&other, false)
		if err != nil {
			r.Fatal(err)
		}
		z, back := mat.NewDense(c.Rows(), e.Dim(), nil), NewCells(e.Metadata(), 0)
		e.Encode(z, c, nil, 1)
		if err := wrong.Decode(back, z, Decoding{}); err != nil {
			r.Fatal(err)
		}
		if f := &e.meta.Columns[0]; f.Levels[code.Order[0]%len(f.Levels)].Count > 0 && differing(c, back) == "" && !slices.ContainsFunc(f.Levels, func(l Level) bool { return l.Grouped }) {
			r.Fatal("another code decodes the same")
		}
	})
}

// distinct errs unless each level of the first column has positions of its own.
func distinct(e *Codec) error {
	f := &e.meta.Columns[0]
	seen := map[string]int{}
	for k := -1; k < len(f.Levels); k++ {
		if k < 0 && f.Missing == 0 {
			continue
		}
		mark, row := make([]bool, e.Dim()), make([]float64, e.Dim())
		e.Mark(mark, f.Name, k)
		name := ""
		if k >= 0 {
			name = f.Levels[k].Name
		}
		if err := e.EncodeCell(row, f.Name, name); err != nil {
			return err
		}
		for j, v := range row {
			if (v == 1) != mark[j] || v != 0 && v != 1 {
				return fmt.Errorf("level %d is encoded as %v and marked %v", k, row, mark)
			}
		}
		text := fmt.Sprint(mark)
		if l, twice := seen[text]; twice && !(k >= 0 && l >= 0 && f.Levels[k].Grouped && f.Levels[l].Grouped) {
			return fmt.Errorf("levels %d and %d have the same positions", k, l)
		}
		seen[text] = k
	}
	return nil
}

// A pair that is no level becomes the likeliest of its cluster; and a missing cell
// is not drawn where none may be.
func TestDecodeOfImpossiblePairs(t *testing.T) {
	_, e := fitted(t, towns(3000, 90, 5), &InferOptions{OneHot: 20}, nil)
	f, b := &e.Metadata().Columns[0], e.Blocks()
	code := f.Clustering
	decode := func(o Decoding, set map[int]float64) int {
		z, back := mat.NewDense(1, e.Dim(), nil), NewCells(e.Metadata(), 0)
		for at, v := range set {
			z.Set(0, at, v)
		}
		if err := e.Decode(back, z, o); err != nil {
			t.Fatal(err)
		}
		return back.Level(0, 0)
	}
	short := slices.IndexFunc(seq(code.Clusters), func(k int) bool { return code.start(k+1, 90)-code.start(k, 90) < code.members(90) })
	if short < 0 {
		t.Fatal("all clusters are of one size")
	}
	at, second := code.Own+short, b[1].Start
	last := second + code.members(90) - 1
	if got, want := decode(Decoding{}, map[int]float64{at: 1, last: 0.9, second + 1: 0.3}), code.Order[code.start(short, 90)+1]; got != want {
		t.Errorf("a member that is not there is decoded as level %d, want %d", got, want)
	}
	if got, want := decode(Decoding{}, map[int]float64{at: 1, last + 1: 0.9, second: 0.3}), code.Order[code.start(short, 90)]; got != want {
		t.Errorf("no member of a cluster is decoded as level %d, want %d", got, want)
	}
	if got := decode(Decoding{}, map[int]float64{0: 1, second + 2: 1}); got != code.Order[0] {
		t.Errorf("a level of its own with a member is decoded as %d, want %d", got, code.Order[0])
	}
	missing := b[0].Start + b[0].Len - 1
	if got := decode(Decoding{}, map[int]float64{missing: 1, second + 2: 1}); got != -1 {
		t.Errorf("missing with a member is decoded as %d", got)
	}
	if got, want := decode(Decoding{NoMissing: true}, map[int]float64{missing: 1, at: 0.4, last + 1: 1, second + 1: 0.1}), code.Order[code.start(short, 90)+1]; got != want {
		t.Errorf("what is not missing is decoded as %d, want %d", got, want)
	}
	z, back := mat.NewDense(1, e.Dim(), nil), NewCells(e.Metadata(), 0)
	z.Set(0, last, math.NaN())
	if err := e.Decode(back, z, Decoding{}); err == nil || !strings.Contains(err.Error(), `column "c0": a generated value is NaN`) {
		t.Error(err)
	}
}

// A missing cell in a column that had none has no positions.
func TestCodeOfNewGaps(t *testing.T) {
	_, e := fitted(t, towns(1000, 60, 0), &InferOptions{OneHot: 20}, nil)
	c := NewCells(e.Metadata(), 1)
	z := mat.NewDense(1, e.Dim(), nil)
	c.SetNumber(0, 1, 1)
	c.SetLevel(0, 2, 1)
	e.Encode(z, c, nil, 1)
	b := e.Blocks()
	for j, v := range z.RawRowView(0)[:b[2].Start] {
		if v == v {
			t.Errorf("position %d of a missing cell is %v", j, v)
		}
	}
	if len(b[1].Levels) != e.Metadata().Columns[0].Clustering.members(60)+1 {
		t.Errorf("%d positions of members", b[1].Len)
	}
	if err := e.EncodeCell(z.RawRowView(0), "c0", "t010"); err == nil || !strings.Contains(err.Error(), `unseen category "t010"; did you mean t0`) {
		t.Error(err)
	}
	if err := e.EncodeCell(z.RawRowView(0), "c0", ""); err == nil {
		t.Error("a missing cell is encoded")
	}
}

// Tables without another column, of two columns of many levels, and with a condition
// of many levels have codes.
func TestCodesOfOddTables(t *testing.T) {
	r := stream.New(5, "datasets/odd")
	level := func(int) string { return fmt.Sprint("v", r.IntN(80)) }
	c, e := fitted(t, CSVSource("t.csv", text(onlyColumn(1000, level)).(*csvSource).open), &InferOptions{OneHot: 20}, nil)
	if len(e.Blocks()) != 2 {
		t.Errorf("%d blocks of one column", len(e.Blocks()))
	}
	survive(t, c, e)
	c, e = fitted(t, text(rowsOf(1000, level, level)), &InferOptions{OneHot: 20}, nil)
	if len(e.Spans()[0]) != 2 || len(e.Spans()[1]) != 2 {
		t.Errorf("spans %v", e.Spans())
	}
	survive(t, c, e)
	m := *c.meta
	m.Columns = slices.Clone(m.Columns)
	if err := m.SetConditions([]string{"c1"}); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text(rowsOf(1000, level, level)), &m)
	if err != nil {
		t.Fatal(err)
	}
	if e, err = Fit(c, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := NewCodec(throughJSON(t, e.Metadata()), false); err != nil || len(e.Spans()) != 2 {
		t.Errorf("a condition of many levels: %v, %v", e.Spans(), err)
	}
}

func onlyColumn(n int, cell func(int) string) string {
	var b strings.Builder
	b.WriteString("c0\n")
	for i := range n {
		b.WriteString(cell(i) + "\n")
	}
	return b.String()
}

// Metadata with a code survives JSON, can be given back with another one or none, and
// what is wrong with a code is said.
func TestCodeInMetadata(t *testing.T) {
	src := towns(3000, 90, 5)
	m, err := Infer(src, &InferOptions{OneHot: 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{m.Summary(), strings.Join(m.Warnings(), "\n")} {
		if !strings.Contains(s, "cluster") || !strings.Contains(s, "c0") {
			t.Errorf("nothing is said of the code: %s", s)
		}
	}
	if _, err := NewCodec(fittedWithout(t, src, m), false); err == nil || !strings.Contains(err.Error(), `column "c0": metadata without the order of its code; fit it first`) {
		t.Error(err)
	}
	m.Columns[0].Clustering = &Clustering{Own: 10, Clusters: 7}
	_, e := fitted(t, src, &InferOptions{Metadata: m}, nil)
	if b := e.Blocks(); b[0].Len != 18 || b[1].Len != 13 {
		t.Errorf("blocks of %d and %d", b[0].Len, b[1].Len)
	}
	m.Columns[0].Clustering = nil
	_, plain := fitted(t, src, &InferOptions{Metadata: m}, nil)
	if b := plain.Blocks(); b[0].Len != 91 {
		t.Errorf("a block of %d", b[0].Len)
	}
	good := asJSON(t, e.Metadata())
	for want, spoil := range map[string]func(c *Clustering){
		"in 0 clusters":        func(c *Clustering) { c.Clusters = 0 },
		"in 41 clusters":       func(c *Clustering) { c.Clusters = 41 },
		"of which 91 are in":   func(c *Clustering) { c.Own = -1 },
		"a code of 89 levels":  func(c *Clustering) { c.Order = c.Order[1:] },
		"no order of its lev":  func(c *Clustering) { c.Order[3] = c.Order[4] },
		"is no order of its l": func(c *Clustering) { c.Order[3] = 90 },
		"no order of its leve": func(c *Clustering) { c.Order[3] = -1 },
	} {
		bad := new(Metadata)
		if err := json.Unmarshal([]byte(good), bad); err != nil {
			t.Fatal(err)
		}
		spoil(bad.Columns[0].Clustering)
		_, err := NewCodec(bad, false)
		var at *Error
		if !errors.As(err, &at) || at.Column != "c0" || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	m.Columns[0].Clustering = &Clustering{Own: 10, Clusters: 50}
	if _, err := Infer(src, &InferOptions{Metadata: m}); err == nil || !strings.Contains(err.Error(), `column "c0": 90 levels of which 80 are in 50 clusters; give the code another`) {
		t.Error(err)
	}
	m.Columns[0].Clustering, m.Columns[1].Clustering = nil, &Clustering{Clusters: 3}
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "a code that is not of levels") {
		t.Error(err)
	}
}

// fittedWithout is the metadata of the fitted table without the order of its code.
func fittedWithout(t *testing.T, src Source, m *Metadata) *Metadata {
	t.Helper()
	_, e := fitted(t, src, &InferOptions{Metadata: m}, nil)
	back := throughJSON(t, e.Metadata())
	back.Columns[0].Clustering.Order = nil
	return back
}
