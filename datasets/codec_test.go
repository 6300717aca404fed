package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
	"tweedie/internal/stream"
)

// stock is a table with an atom, gaps, a date, a category with gaps and a
// plain number.
func stock(n int) Source {
	r := stream.New(8, "datasets/test", uint64(n))
	return text(rowsOf(n,
		func(i int) string { // two atoms and gaps
			switch u := r.Float64(); {
			case u < 0.1:
				return ""
			case u < 0.5:
				return "0"
			case u < 0.7:
				return "99999"
			}
			return fmt.Sprintf("%.0f", 1000*math.Exp(r.NormFloat64()))
		},
		func(i int) string { return []string{"a", "b", "b", "?"}[i%4] },
		func(i int) string { return fmt.Sprintf("2024-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)) },
		func(i int) string { return fmt.Sprintf("%.3f", r.NormFloat64()) },
		func(i int) string { // a number with gaps
			if i%10 == 0 {
				return "NA"
			}
			return fmt.Sprintf("%.1f", 20*r.Float64())
		},
	))
}

func TestBlocks(t *testing.T) {
	c, e := fitted(t, stock(2000), nil, nil)
	var got []string
	start := 0
	for _, b := range e.Blocks() {
		got = append(got, fmt.Sprintf("%s %d %q", b.Column, b.Len, b.Levels))
		if b.Start != start {
			t.Errorf("%s starts at %d, want %d", b.Column, b.Start, start)
		}
		start += b.Len
		sum := 0.0
		for _, f := range b.Freq {
			sum += f
		}
		if b.Kind == Category && (math.Abs(sum-1) > 1e-12 || len(b.Freq) != b.Len) || b.Kind == Continuous && (b.Len != 1 || b.Freq != nil) {
			t.Errorf("%s has frequencies %v", b.Column, b.Freq)
		}
	}
	want := []string{
		`c0 4 ["present" "0" "99999" "missing"]`, `c0 1 []`,
		`c1 3 ["a" "b" "missing"]`,
		`c2 1 []`, `c3 1 []`,
		`c4 2 ["present" "missing"]`, `c4 1 []`,
		`end 7 ["present" "0" "1" "2" "3" "4" "6"]`, `end 1 []`,
	}
	if !slices.Equal(got, want) || start != e.Dim() {
		t.Errorf("blocks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	// Frequencies are the means of the encoded columns, and NaN stands exactly
	// where a number is not present.
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	e.Encode(z, c, nil, 1)
	for _, b := range e.Blocks() {
		for k := range b.Freq {
			if m := mat.Sum(z.ColView(b.Start+k)) / float64(c.Rows()); math.Abs(m-b.Freq[k]) > 1e-9 {
				t.Errorf("%s=%s: mean %g, frequency %g", b.Column, b.Levels[k], m, b.Freq[k])
			}
		}
	}
	for i := range c.Rows() {
		if present := z.At(i, 0) == 1; present == math.IsNaN(z.At(i, 4)) {
			t.Fatalf("row %d: present is %v, the number %g", i, present, z.At(i, 4))
		}
		if missing := z.At(i, 11) == 1; missing != math.IsNaN(z.At(i, 12)) || missing != c.Missing(i, 4) {
			t.Fatalf("row %d: missing is %v, the number %g", i, missing, z.At(i, 12))
		}
	}
	survive(t, c, e)
}

// Encoding is a function of (seed, row, column): not of which rows are asked for.
func TestEncodeIsAFunctionOfTheRow(t *testing.T) {
	c, e := fitted(t, stock(500), nil, nil)
	all, some := mat.NewDense(500, e.Dim(), nil), mat.NewDense(3, e.Dim(), nil)
	e.Encode(all, c, nil, 9)
	idx := []int{499, 3, 77}
	e.Encode(some, c, idx, 9)
	equal := func(a, b []float64) bool {
		return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || x != x && y != y })
	}
	for r, i := range idx {
		if !equal(some.RawRowView(r), all.RawRowView(i)) {
			t.Errorf("row %d differs", i)
		}
	}
	e.Encode(some, c, idx, 10)
	if equal(some.RawRowView(0), all.RawRowView(499)) {
		t.Error("the seed is ignored")
	}
}

func TestObservedAndFill(t *testing.T) {
	c, e := fitted(t, stock(400), nil, nil)
	seen := make([]bool, e.Dim())
	hidden, atoms := 0, 0
	for i := range c.Rows() {
		e.Observed(seen, c, i)
		for _, b := range e.Blocks() {
			j := slices.IndexFunc(c.meta.Columns, func(f Field) bool { return f.Name == b.Column })
			want := !c.Missing(i, j)
			if b.Kind == Continuous && want && e.meta.Columns[j].IsLevel(c.Number(i, j)) {
				want = false
				atoms++
			}
			for k := range b.Len {
				if seen[b.Start+k] != want {
					t.Fatalf("row %d, %s: observed is %v", i, b.Column, !want)
				}
			}
			if !want {
				hidden++
			}
		}
	}
	if hidden == 0 || atoms == 0 || hidden == atoms {
		t.Fatal("the table has nothing to test")
	}

	// Imputation never answers that the cell is missing, and known cells stay.
	z := mat.NewDense(c.Rows(), e.Dim(), nil)
	for i := range c.Rows() {
		for _, b := range e.Blocks() {
			z.Set(i, b.Start+b.Len-1, 1) // the last level: missing, where there is such
		}
	}
	drawn := NewCells(e.Metadata(), 0)
	if err := e.Decode(drawn, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	if !drawn.Missing(0, 0) || !drawn.Missing(0, 1) {
		t.Error("missing is not decoded as missing")
	}
	if err := e.Decode(drawn, z, Decoding{NoMissing: true}); err != nil {
		t.Fatal(err)
	}
	full := c.Subset(seq(c.Rows()))
	full.Fill(drawn)
	for i := range c.Rows() {
		for j := range c.meta.Columns {
			if full.Missing(i, j) {
				t.Fatalf("row %d, column %d is missing still", i, j)
			}
			if f := &c.meta.Columns[j]; f.IsNumber() && !c.Missing(i, j) && full.Number(i, j) != c.Number(i, j) {
				t.Fatal("a known cell changed")
			}
		}
	}
}

func seq(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	return idx
}

// The density that LogDet gives integrates to 1 over the values of the table,
// and does not when its sign is wrong.
func TestLogDetNormalises(t *testing.T) {
	r := stream.New(9, "datasets/test")
	src := text(rowsOf(3000, func(int) string { return fmt.Sprintf("%.2f", math.Exp(r.NormFloat64())) }))
	for _, o := range []*FitOptions{nil, {Knots: -1, Extrapolate: true}, {Extrapolate: true}} {
		_, e := fitted(t, src, nil, o)
		p := &e.columns[0]
		z, det := mat.NewDense(1, e.Dim(), nil), make([]float64, 1)
		z.Set(0, e.Dim()-1, math.NaN()) // the other column is masked
		total, wrong := 0.0, 0.0
		const h = 0.0005
		lo, hi := -20.0, 60.0
		if o == nil {
			lo, hi = p.field.Map.X[0], p.field.Map.X[len(p.field.Map.X)-1]
		}
		for x := lo + h/2; x < hi; x += h {
			z.Set(0, p.number, p.field.Map.forward(x, 0, 0.5, p.open))
			e.LogDet(det, z)
			v := z.At(0, p.number)
			logp := -v*v/2 - 0.5*math.Log(2*math.Pi)
			total += h * math.Exp(logp-det[0])
			wrong += h * math.Exp(logp+det[0])
		}
		if math.Abs(total-1) > 2e-3 {
			t.Errorf("%+v: the density integrates to %g", o, total)
		}
		if math.Abs(wrong-1) < 2e-3 {
			t.Errorf("%+v: the wrong sign passes", o)
		}
	}
}

// ToValue and FromValue are inverse to each other, with the derivative of
// differences, and decoding is ToValue rounded.
func TestValues(t *testing.T) {
	_, e := fitted(t, stock(1000), nil, nil)
	for column, want := range map[string][2]int{"c0": {4, 0}, "c2": {8, -1}, "c3": {9, -1}, "c4": {12, 10}} {
		at, present, err := e.Number(column)
		if err != nil || at != want[0] || present != want[1] {
			t.Fatalf("%s is at %d after %d: %v", column, at, present, err)
		}
		x := mat.NewDense(1, e.Dim(), nil)
		back := NewCells(e.Metadata(), 0)
		for z := -2.5; z <= 2.5; z += 0.0813 {
			const h = 1e-9
			v, slope := e.ToValue(at, z)
			left, _ := e.ToValue(at, z-h)
			right, _ := e.ToValue(at, z+h)
			if got := e.FromValue(at, v); math.Abs(got-z) > 1e-9 {
				t.Errorf("%s: %g came back as %g", column, z, got)
			}
			if d := (right - left) / (2 * h); math.Abs(d-slope) > 1e-3*slope+1e-4 {
				t.Errorf("%s at %g: slope %g, by differences %g", column, z, slope, d)
			}
			x.Set(0, at, z)
			if err := e.Decode(back, x, Decoding{}); err != nil {
				t.Fatal(err)
			}
			f := e.Metadata().Field(column)
			if got := back.Number(0, int(column[1]-'0')); math.Abs(got-v) > f.Step()/2*(1+1e-9) {
				t.Errorf("%s: %g is decoded as %g", column, v, got)
			}
		}
	}
	if _, _, err := e.Number("c1"); err == nil || !strings.Contains(err.Error(), `column "c1": no such column of numbers; did you mean`) {
		t.Error(err)
	}
}

func TestDecodeErrs(t *testing.T) {
	_, e := fitted(t, stock(200), nil, nil)
	back := NewCells(e.Metadata(), 0)
	for _, c := range []struct {
		at   int
		v    float64
		want string
	}{
		{4, math.NaN(), `column "c0": a generated value is NaN`},
		{6, math.Inf(1), `column "c1": a generated value is +Inf`},
		{8, math.NaN(), `column "c2": a generated value is NaN`},
	} {
		z := mat.NewDense(1, e.Dim(), nil)
		z.Set(0, c.at, c.v)
		if err := e.Decode(back, z, Decoding{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	z := mat.NewDense(1, e.Dim(), nil)
	z.Set(0, 1, 1) // an atom: its number has no meaning
	z.Set(0, 4, math.NaN())
	if err := e.Decode(back, z, Decoding{}); err != nil || back.Number(0, 0) != 0 {
		t.Errorf("an atom is decoded as %g, %v", back.Number(0, 0), err)
	}
}

func TestReadCellsErrs(t *testing.T) {
	m, err := Infer(text("age,city,born,k,u\n1,Paris,2020-01-01,x,1.5\n2,London,2020-01-02,x,2.5\n2,London,2020-01-02,x,2.5\n9,Paris,2020-01-02,x,2.5\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	const head = "age,city,born,k,u\n1,Paris,2020-01-01,x,1\n"
	for _, c := range []struct{ csv, want string }{
		{head + "1,Pariss,2020-01-01,x,1\n", `row 3, column "city": unseen category "Pariss"; did you mean Paris?`},
		{head + "x,Paris,2020-01-01,x,1\n", `row 3, column "age": "x" is not a number`},
		{head + "1.5,Paris,2020-01-01,x,1\n", `row 3, column "age": "1.5" is not a whole number`},
		{head + "1,Paris,01.01.2020,x,1\n", `row 3, column "born": "01.01.2020" is not a date of the format "2006-01-02"`},
		{head + "1,Paris,2020-01-01,y,1\n", `row 3, column "k": "y"; the metadata knows no other value than "x" here`},
		{head + "1,Paris,2020-01-01,,1\n", `row 3, column "k": a missing cell`},
		{head + "1e999,Paris,2020-01-01,x,1\n", `row 3, column "age": "1e999" is too large`},
		{"age,cite,born,k,u\n", `column "cite": the metadata does not know this column; remove it; did you mean city?`},
		{"age,born,k,u\n", `column "city": this column of the metadata is not in the header`},
		{"age,city,born,k,u\n", `a header without rows`},
	} {
		cells, err := ReadCells(text(c.csv), m)
		if err == nil || cells != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
			continue
		}
		checkError(t, err)
	}
	c, err := ReadCells(text("u,born,city,age\n2.55,,London,77\n"), m)
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(c.Notes(), "\n")
	for _, want := range []string{`rounded: "u" (1 cells)`, `beyond the range that was seen: "age" (1 cells), "u" (1 cells)`, `had none: "born" (1 cells)`} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q lack %q", notes, want)
		}
	}
}

// A cell that is set by its text reads as that text, and what is wrong with a
// text is said.
func TestSetText(t *testing.T) {
	_, e := fitted(t, stock(300), nil, nil)
	c := NewCells(e.Metadata(), 2)
	for j, text := range []string{"99999", "b", "2024-02-29", "-0.125", "3.5", "4"} {
		name := e.Metadata().Columns[j].Name
		if err := c.SetText(1, name, " "+text+" "); err != nil {
			t.Fatal(err)
		}
		if got := string(c.AppendText(nil, 1, j)); got != text || !c.Missing(0, j) {
			t.Errorf("%s is %q, want %q", name, got, text)
		}
		if err := c.SetText(1, name, "NA"); err != nil || !c.Missing(1, j) {
			t.Errorf("%s is not missing: %v", name, err)
		}
	}
	for _, bad := range [][3]string{
		{"c1", "B", `column "c1": unseen category "B"; did you mean b?`},
		{"cl", "b", `column "cl": no such column; did you mean c0?`},
		{"c0", "b", `column "c0": "b" is not a number`},
		{"c2", "29.02.2024", `column "c2": "29.02.2024" is not a date of the format`},
	} {
		if err := c.SetText(0, bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), bad[2]) {
			t.Errorf("got %v, want %s", err, bad[2])
		}
	}
}

// Rows of every mixture of columns survive.
func TestAnyTableSurvives(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(r, "rows")
		kinds := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 5).Draw(r, "kinds")
		var columns []func(int) string
		for j, kind := range kinds {
			cells := make([]string, n)
			for i := range cells {
				cells[i] = drawCell(r, kind, fmt.Sprint(j, "/", i))
			}
			columns = append(columns, func(i int) string { return cells[i] })
		}
		src := text(rowsOf(n, columns...))
		m, err := Infer(src, &InferOptions{MaxLevels: 8})
		if err != nil {
			r.Skip(err)
		}
		c, err := ReadCells(src, m)
		if err != nil {
			r.Fatal(err)
		}
		e, err := Fit(c, &FitOptions{SmallTable: -1, Knots: rapid.IntRange(-1, 30).Draw(r, "knots")})
		if err != nil {
			r.Fatal(err)
		}
		survive(t, c, e)
	})
}

func drawCell(r *rapid.T, kind int, name string) string {
	if rapid.IntRange(0, 9).Draw(r, name+" missing") == 0 {
		return ""
	}
	switch kind {
	case 0:
		return fmt.Sprint(rapid.IntRange(-5, 5).Draw(r, name))
	case 1:
		return fmt.Sprintf("%.2f", rapid.Float64Range(-1e6, 1e6).Draw(r, name))
	case 2:
		return rapid.SampledFrom([]string{"x", "y", "z,", "\"q\""}).Draw(r, name)
	case 3:
		return fmt.Sprintf("2020-0%d-1%d", rapid.IntRange(1, 9).Draw(r, name), rapid.IntRange(0, 9).Draw(r, name+"d"))
	case 4:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(r, name)
	}
	return rapid.StringMatching(`[a-z]{1,2}`).Draw(r, name)
}

// What is held of a large table is its compact form.
func TestCellsAreCompact(t *testing.T) {
	const n = 20000
	c, _ := fitted(t, stock(n), nil, nil)
	bytes := 0
	for j := range c.columns {
		p := &c.columns[j]
		bytes += 8*cap(p.f64) + 4*cap(p.f32) + 4*cap(p.u32) + 2*cap(p.u16) + cap(p.u8)
	}
	if per := float64(bytes) / n; per > 5*4+1+2 {
		t.Errorf("%.1f bytes per row for five numbers and a category", per)
	}
}

func TestCSVCells(t *testing.T) {
	const csv = "id,name,x,k,gap,free\n" +
		"A001,\"a,b\",1.50,7,,q\n" + "A002,c,0.25,7,,r\n" + "A003,,2.00,7,,s\n"
	m, err := Infer(text(csv), &InferOptions{Types: map[string]Type{"id": TypeIdentifier, "free": TypeIdentifier}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Field("free").Sequence != nil {
		t.Error("text without a number is numbered")
	}
	c, err := ReadCells(text(csv), m)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := NewCSVCells(&out, m, 995)
	for range 2 {
		if err := w.Write(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "id,name,x,k,gap\nA999,\"a,b\",1.50,7,\nA1000,c,0.25,7,\nA1001,,2.00,7,\nA1002,\"a,b\",1.50,7,\nA1003,c,0.25,7,\nA1004,,2.00,7,\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if warnings := strings.Join(m.Warnings(), "\n"); !strings.Contains(warnings, `identifiers are dropped: "free"`) ||
		!strings.Contains(warnings, `numbered anew, after the real ones: "id"`) || !strings.Contains(warnings, `written back empty: "gap"`) || !strings.Contains(warnings, `constant columns are not modelled, and written back as they were: "k"`) {
		t.Errorf("warnings\n%s", warnings)
	}
}
