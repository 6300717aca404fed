package datasets

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// gridColumns are columns whose values lie on a grid, and what holds for each cell.
var gridColumns = []struct {
	name string
	cell func(u, v float64) string // of two uniform numbers
	on   func(cell string) bool
	want string // what is said of the grid
}{
	{"steps of 500", func(u, _ float64) string { return fmt.Sprint(500 * int(40+160*u)) }, ends("000", "500"), "in steps of 500"},
	{"halves", func(u, _ float64) string { return fmt.Sprintf("%.1f", math.Floor(200*u)/2) }, ends(".0", ".5"), "in steps of 0.5"},
	{"steps of .05", func(u, _ float64) string { return fmt.Sprintf("%.2f", math.Floor(900*u)*.05) }, ends("0", "5"), "in steps of 0.05"},
	{"odd numbers", func(u, _ float64) string { return fmt.Sprint(2*int(500*u) - 101) }, ends("1", "3", "5", "7", "9"), "in steps of 2"},
	{"prices", func(u, v float64) string {
		return fmt.Sprintf("%d%s", 3+int(90*u), []string{".99", ".95", ".49"}[int(v*v*3)])
	}, ends(".99", ".95", ".49"), "a multiple of 1 plus 0.49 or 0.95 or 0.99"},
	{"whole prices", func(u, v float64) string { return fmt.Sprint(100*int(3+60*u) + []int{99, 49, 95}[int(v*3)]) }, ends("99", "49", "95"), "a multiple of 100 plus 49 or 95 or 99"},
	{"quarter hours", dates("2006-01-02 15:04", 15*time.Minute, nil), ends(":00", ":15", ":30", ":45"), "in steps of 15 minutes"},
	{"midnights", dates("2006-01-02 15:04:05", 24*time.Hour, nil), ends(" 00:00:00"), "in steps of 1 days"},
	{"milliseconds", dates("2006-01-02 15:04:05.000", time.Second, nil), ends(".000"), "in steps of 1 seconds"},
	{"Saturdays", dates("2006-01-02", 7*24*time.Hour, nil), onDay("2006-01-02", func(t time.Time) bool { return t.Weekday() == time.Saturday }), "in steps of 1 weeks"},
	{"working days", dates("02.01.2006", 24*time.Hour, workday), onDay("02.01.2006", workday), "on 5 days of the week"},
	{"working hours", dates("2006-01-02T15:04", 30*time.Minute, workday), onDay("2006-01-02T15:04", workday), "every 30 minutes, on 5 days of the week"},
	{"first days", dates("2006-01-02", 24*time.Hour, func(t time.Time) bool { return t.Day() == 1 }), ends("-01"), "on day 1 of the month"},
	{"last days", dates("2006-01-02", 24*time.Hour, lastDay), onDay("2006-01-02", lastDay), "on day 31 (the last) of the month"},
	{"two days", dates("2006-01-02", 24*time.Hour, midOrLast), onDay("2006-01-02", midOrLast), "on day 15, 31 (the last) of the month"},
	{"quarters", dates("2006-01-02", 24*time.Hour, func(t time.Time) bool { return t.Day() == 1 && t.Month()%3 == 1 }), ends("-01-01", "-04-01", "-07-01", "-10-01"), "in months 1, 4, 7, 10"},
	{"months", dates("2006-01", 24*time.Hour, nil), ends(""), "on day 1 of the month"},
}

func ends(list ...string) func(string) bool {
	return func(cell string) bool {
		return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(cell, end) })
	}
}

func workday(t time.Time) bool   { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }
func lastDay(t time.Time) bool   { return t.AddDate(0, 0, 1).Day() == 1 }
func midOrLast(t time.Time) bool { return t.Day() == 15 || lastDay(t) }

func onDay(layout string, on func(time.Time) bool) func(string) bool {
	return func(cell string) bool {
		t, err := time.Parse(layout, cell)
		return err == nil && on(t)
	}
}

// dates makes dates of 30 years that are multiples of a step, the next for which on holds.
func dates(layout string, step time.Duration, on func(time.Time) bool) func(u, v float64) string {
	first := time.Date(1994, 1, 1, 0, 0, 0, 0, time.UTC)
	return func(u, _ float64) string {
		t := first.Add(time.Duration(u*30*365*24*float64(time.Hour)) / step * step)
		for on != nil && !on(t) {
			t = t.Add(step)
		}
		return t.Format(layout)
	}
}

// gridTable is a table of one of the columns; each row in odd has that cell instead.
func gridTable(k, n int, odd map[int]string) Source {
	r := stream.New(uint64(k), "datasets/test")
	return text(rowsOf(n, func(i int) string {
		u, v := r.Float64(), r.Float64()
		if cell, is := odd[i]; is {
			return cell
		}
		return gridColumns[k].cell(u, v)
	}))
}

// generated decodes n normal draws of the first column.
func generated(t *testing.T, e *Codec, n int) *Cells {
	t.Helper()
	r, z, back := stream.New(2, "datasets/test"), mat.NewDense(n, e.Dim(), nil), NewCells(e.Metadata(), 0)
	at, _, err := e.Number("c0")
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		z.Set(i, at, 1.3*r.NormFloat64())
	}
	if err := e.Decode(back, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	return back
}

// What is generated lies on the grid on which all values of a column lie, and the
// values come back, by both encodings.
func TestGrids(t *testing.T) {
	for k, c := range gridColumns {
		for _, o := range []*FitOptions{{KeepAtoms: true}, {Knots: -1, KeepAtoms: true}} {
			cells, e := fitted(t, gridTable(k, 700, nil), nil, o)
			if s := e.Metadata().Columns[0].describe(); !strings.Contains(s, c.want) {
				t.Errorf("%s: %s, want %s", c.name, s, c.want)
			}
			survive(t, cells, e)
			back := generated(t, e, 2000)
			for i := range back.Rows() {
				if cell := string(back.AppendText(nil, i, 0)); !c.on(cell) {
					t.Errorf("%s: %s is generated", c.name, cell)
					break
				}
			}
			if _, err := NewCodec(throughJSON(t, e.Metadata()), false); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// One value off a grid of the calendar, and there is none; among numbers it is a rare
// ending, which stays rare. Few values may be on a grid by chance.
func TestNoGrid(t *testing.T) {
	for k, odd := range map[int]string{6: "2024-05-20 13:16", 12: "2004-05-02"} {
		_, e := fitted(t, gridTable(k, 5000, map[int]string{4711: odd}), nil, nil)
		if g := e.Metadata().Columns[0].Grid; g != nil && !slices.Equal(g.Days, []int{1, 2}) {
			t.Errorf("%s with %s: grid %+v", gridColumns[k].name, odd, *g)
		}
	}
	for k, odd := range map[int]string{0: "20001", 1: "3.7"} {
		_, e := fitted(t, gridTable(k, 5000, map[int]string{4711: odd}), nil, nil)
		back, off := generated(t, e, 5000), 0
		for i := range back.Rows() {
			if !gridColumns[k].on(string(back.AppendText(nil, i, 0))) {
				off++
			}
		}
		if off > 25 {
			t.Errorf("%s with %s: %d of 5000 rows are off the grid", gridColumns[k].name, odd, off)
		}
	}
	r := stream.New(1, "datasets/test")
	for _, c := range []struct {
		name string
		n    int
		cell func(i int) string
		step float64 // 0 for no grid
	}{
		{"four even numbers", 4, func(i int) string { return fmt.Sprint(2 * i * i * i) }, 0},
		{"19 even numbers", 19, func(i int) string { return fmt.Sprint(2 * i * i) }, 0},
		{"40 even numbers", 40, func(i int) string { return fmt.Sprint(2 * i * i) }, 2},
		{"hundreds, of 5 rows", 5, func(i int) string { return fmt.Sprint(100 * i * i) }, 100},
		{"few that repeat", 90, func(i int) string { return fmt.Sprint([]int{2, 4, 12, 40}[i%4]) }, 2},
		{"whole numbers", 3000, func(int) string { return fmt.Sprint(int(1000 * r.Float64())) }, 0},
		{"cents", 3000, func(int) string { return fmt.Sprintf("%.2f", 1000*r.Float64()) }, 0},
		{"a narrow range", 3000, func(int) string { return fmt.Sprint(100 + int(40*r.Float64())) }, 0},
		{"every day", 3000, func(int) string { return dates("2006-01-02", 24*time.Hour, nil)(r.Float64(), 0) }, 0},
	} {
		_, e := fitted(t, text(rowsOf(c.n, c.cell)), nil, &FitOptions{KeepAtoms: true})
		if g := e.Metadata().Columns[0].Grid; (g == nil) != (c.step == 0) || g != nil && g.Step != c.step {
			t.Errorf("%s: grid %+v, want steps of %g", c.name, g, c.step)
		}
	}
}

// A zero that many rows have does not hide the grid of the others.
func TestGridBesideAtoms(t *testing.T) {
	r := stream.New(1, "datasets/test")
	src := text(rowsOf(2000, func(i int) string {
		if i%3 == 0 {
			return "0.00"
		}
		return fmt.Sprintf("%.2f", math.Floor(500*r.Float64())+0.99)
	}))
	cells, e := fitted(t, src, nil, nil)
	f := e.Metadata().Columns[0]
	if len(f.Atoms) != 1 || f.Grid == nil || f.Grid.Step != 1 || math.Abs(f.Grid.Offset-0.99) > 1e-12 {
		t.Errorf("atoms %v, grid %+v", f.Atoms, f.Grid)
	}
	survive(t, cells, e)
}

// The positions of values are inverse to the values, increasing, and each value has the room
// of its weight. Every value is the one at or above itself.
func TestGridPositions(t *testing.T) {
	day := Field{Type: TypeDateTime, Format: "2006-01-02", Digits: &Digits{}}
	hours := Field{Type: TypeDateTime, Format: "2006-01-02 15:04", Digits: &Digits{}}
	cents := Field{Type: TypeNumeric, Digits: &Digits{2, 2}}
	for name, c := range map[string]struct {
		f    Field
		g    Grid
		v, w float64 // a value, and the next
	}{
		"steps":        {cents, Grid{Step: 0.05, Offset: 0.02}, 7.12, 7.17},
		"endings":      {cents, Grid{Step: 0.01, Period: 100, Residues: []int{49, 99}, Weights: []float64{0.5, 1.5}}, 12.99, 13.49},
		"working days": {day, Grid{Step: 1, Period: 7, Residues: []int{0, 1, 4, 5, 6}}, 19727, 19730},         // Friday 2024-01-05
		"months":       {day, Grid{Step: 1, Days: []int{15, 31}, Weights: []float64{1.2, 0.8}}, 19768, 19782}, // 2024-02-15 and -29
		"quarters":     {day, Grid{Step: 1, Days: []int{1}, Months: []int{1, 4, 7, 10}}, 19723, 19814},
		"blocks":       {hours, Grid{Step: 30, Block: 48, Period: 7, Residues: []int{0, 1}, Weights: []float64{.5, 1.5}}, 19728*1440 - 30, 19733 * 1440},
	} {
		f := c.f
		f.Grid = &c.g
		if found := c.g.invalid(); found != "" {
			t.Fatalf("%s: %s", name, found)
		}
		checkNeighbors(t, name, &f, c.v, c.w)
		if c.g.uneven() {
			checkPositions(t, name, &c.g, c.g.index(c.v))
		}
	}
}

func checkNeighbors(t *testing.T, name string, f *Field, v, w float64) {
	t.Helper()
	if f.nearest(v) != v || f.nearest(w) != w {
		t.Errorf("%s: %v and %v are not on the grid, but %v and %v", name, v, w, f.nearest(v), f.nearest(w))
	}
	if up, same, down := f.Above(v, true), f.Above(v, false), f.Below(w, true); up != w || same != v || down != v || f.Below(w, false) != w {
		t.Errorf("%s: %v above %v, %v at it, %v below %v", name, up, v, same, down, w)
	}
	if between := (v + w) / 2; f.Above(between, false) != w || f.Below(between, false) != v {
		t.Errorf("%s: %v and %v around %v", name, f.Below(between, false), f.Above(between, false), between)
	}
	if _, hi := f.Cell(v); math.Abs(hi-(v+w)/2) > 1e-9 {
		t.Errorf("%s: the cell of %v ends at %v", name, v, hi)
	}
	if lo, _ := f.Cell(w); math.Abs(lo-(v+w)/2) > 1e-9 {
		t.Errorf("%s: the cell of %v begins at %v", name, w, lo)
	}
	if inf := math.Inf(1); f.Above(inf, false) != inf || f.Below(-inf, true) != -inf {
		t.Errorf("%s: infinite bounds move", name)
	}
}

func checkPositions(t *testing.T, name string, g *Grid, first float64) {
	t.Helper()
	last := math.Inf(-1)
	for n := math.Round(first) - 300; n < first+300; n++ {
		at, width := g.cell(n)
		if at <= last || g.number(at-0.49*width) != n || g.number(at+0.49*width) != n {
			t.Fatalf("%s: value %v is at %v, of width %v", name, n, at, width)
		}
		if p := g.position(g.at(n)); math.Abs(p-at) > 1e-6 {
			t.Fatalf("%s: value %v is at %v, not %v", name, g.at(n), p, at)
		}
		const h = 1e-4
		for _, p := range []float64{at + 0.1, at - 0.1} {
			v, slope := g.value(p)
			up, _ := g.value(p + h)
			if math.Abs(g.position(v)-p) > 1e-6 || math.Abs((up-v)/h-slope) > 1e-3*slope {
				t.Fatalf("%s: position %v is %v of slope %v", name, p, v, slope)
			}
		}
		last = at
	}
}

// The density of rows of an uneven grid is one of values in the units of the table.
func TestGridDensity(t *testing.T) {
	_, e := fitted(t, gridTable(4, 3000, nil), nil, &FitOptions{KeepAtoms: true})
	z, det := mat.NewDense(1, e.Dim(), nil), make([]float64, 1)
	z.Set(0, 1, math.NaN())
	total := 0.0
	const h = 0.0005
	for x := 3.2 + h/2; x < 93.3; x += h {
		z.Set(0, 0, e.FromValue(0, x))
		if v, _ := e.ToValue(0, z.At(0, 0)); math.Abs(v-x) > 1e-6 && x > 3.5 && x < 92.9 {
			t.Fatalf("%v came back as %v", x, v)
		}
		e.LogDet(det, z)
		if _, slope := e.ToValue(0, z.At(0, 0)); slope > 0 {
			total += h * math.Exp(-z.At(0, 0)*z.At(0, 0)/2-det[0]) / math.Sqrt(2*math.Pi)
		}
	}
	if math.Abs(total-1) > 0.01 {
		t.Errorf("the density integrates to %g", total)
	}
}

// A known cell off the grid is kept, but what is generated cannot be there.
func TestGivenOffGrid(t *testing.T) {
	_, e := fitted(t, gridTable(0, 700, nil), nil, nil)
	c := NewCells(e.Metadata(), 1)
	if err := c.SetText(0, "c0", "50123"); err != nil {
		t.Fatal(err)
	}
	if got := string(c.AppendText(nil, 0, 0)); got != "50123" {
		t.Errorf("written as %s", got)
	}
	if err := e.Representable("c0", 50000); err != nil {
		t.Error(err)
	}
	for v, want := range map[float64]string{50123: "in steps of 500, and 50123 would come back as 50000; give one of these values", 1e6: "give a value in that range"} {
		if err := e.Representable("c0", v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%g: %v", v, err)
		}
	}
	_, e = fitted(t, gridTable(4, 700, nil), nil, &FitOptions{KeepAtoms: true})
	for v, ok := range map[float64]bool{20.49: true, 20.6: false, 20.95: true} {
		if err := e.Representable("c0", v); (err == nil) != ok {
			t.Errorf("%g: %v", v, err)
		}
	}
}

// A grid of the metadata is kept, whatever the rows are, and must be possible.
func TestGridIsGiven(t *testing.T) {
	src := gridTable(1, 200, nil)
	m, err := Infer(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.Columns[0].Grid = &Grid{Step: 0.1}
	again, err := Infer(src, &InferOptions{Metadata: throughJSON(t, m)})
	if err != nil || again.Columns[0].Grid == nil {
		t.Fatal(err, again)
	}
	c, err := ReadCells(src, again)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Fit(c, nil)
	if err != nil || e.Metadata().Columns[0].Step() != 0.1 {
		t.Errorf("%v: steps of %g", err, e.Metadata().Columns[0].Step())
	}
	for name, g := range map[string]Grid{
		"step": {}, "offset": {Step: 1, Offset: math.NaN()}, "residues": {Step: 1, Period: 7, Residues: []int{7}}, "none": {Step: 1, Period: 7}, "order": {Step: 1, Period: 7, Residues: []int{2, 1}},
		"days": {Step: 1, Days: []int{0}}, "both": {Step: 1, Period: 7, Residues: []int{1}, Days: []int{1}}, "months": {Step: 1, Months: []int{1}}, "late": {Step: 1, Days: []int{29, 31}},
		"weights": {Step: 1, Days: []int{1, 2}, Weights: []float64{1}}, "weight": {Step: 1, Days: []int{1, 2}, Weights: []float64{0, 2}}, "sum": {Step: 1, Days: []int{1, 2}, Weights: []float64{1, 2}},
	} {
		if m.Columns[0].Grid = &g; m.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	m.Columns[0].Grid, m.Columns[0].Digits = &Grid{Step: 1}, &Digits{Max: Shortest}
	if m.Validate() == nil {
		t.Error("a grid without digits is accepted")
	}
}

// Endings keep their shares between the knots.
func TestEndingsKeepShares(t *testing.T) {
	r := stream.New(1, "datasets/test")
	src := text(rowsOf(20000, func(int) string {
		end := ".99"
		if r.Float64() < 0.05 {
			end = ".49"
		}
		return fmt.Sprintf("%d%s", int(1e5*r.Float64())/3*3, end)
	}))
	_, e := fitted(t, src, nil, nil)
	back := generated(t, e, 20000)
	rare := 0
	for i := range back.Rows() {
		if bytes.HasSuffix(back.AppendText(nil, i, 0), []byte(".49")) {
			rare++
		}
	}
	if share := float64(rare) / float64(back.Rows()); math.Abs(share-0.05) > 0.01 {
		t.Errorf("5 %% end in .49, and %.1f %% of what is generated", 100*share)
	}
}
