package datasets

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/internal/stream"
)

// functionsOf are the columns of a table that follow from others, as "b<a".
func functionsOf(t *testing.T, src Source, o *InferOptions) string {
	t.Helper()
	_, e := fitted(t, src, o, nil)
	return arrows(e.Metadata())
}

func arrows(m *Metadata) string {
	var list []string
	for _, f := range m.Columns {
		if f.Follows != nil {
			list = append(list, f.Name+"<"+f.Follows.Column)
		}
	}
	return strings.Join(list, " ")
}

// draws returns a function of uniform numbers from 0 to n-1 that depends on the row and k.
func draws(seed uint64) func(i, k, n int) int {
	key := stream.NewKey(seed, "datasets/test/follow")
	source := stream.NewSource(stream.Key{})
	return func(i, k, n int) int {
		source.Seek(key.At(uint64(i)).At(uint64(k)))
		return source.IntN(n)
	}
}

// Planted functions are found, and what is nearly one is not.
func TestFollowsIsFound(t *testing.T) {
	u := draws(1)
	word := func(k int) string { return string(rune('a' + k)) }
	free := func(i int) string { return fmt.Sprintf("%.4f", float64(u(i, 9, 1e6))/1e4) }
	a := func(i int) int { return u(i, 0, 12) }
	name := func(i int) string { return "m" + word(a(i)) }
	number := func(i int) string { return fmt.Sprint((a(i)*7+3)%12 + 20) } // a bijection
	group := func(i int) string { return "g" + word(a(i)/3) }
	half := func(i int) string { return "h" + word(a(i)/6) }
	gap := func(i int) string { // missing for one value of a
		if a(i) == 5 {
			return ""
		}
		return fmt.Sprintf("%.1f", float64(a(i)/2)+0.5)
	}
	gone := func(i int) string { // a itself, missing for one
		if a(i) == 5 {
			return ""
		}
		return name(i)
	}
	nearly := func(i int) string {
		if i == 777 {
			return "g" + word((a(i)/3+1)%4)
		}
		return group(i)
	}
	rare := func(i int) string { // a level of 20 rows in 2000
		if i%100 == 0 {
			return "rare"
		}
		return "r" + word(u(i, 3, 3))
	}
	flag := func(i int) string { return []string{"yes", "no"}[min(i%100, 1)] }
	for _, c := range []struct {
		what    string
		rows    int
		columns []func(i int) string
		want    string
	}{
		{"a bijection, the first of two", 2000, []func(int) string{free, name, number}, "c2<c1"},
		{"a number that comes first", 2000, []func(int) string{number, name}, "c1<c0"},
		{"a chain, last first", 2000, []func(int) string{half, free, group, name}, "c0<c3 c2<c3"},
		{"a chain, first first", 2000, []func(int) string{name, group, half, number}, "c1<c0 c2<c0 c3<c0"},
		{"a missing cell that follows", 2000, []func(int) string{name, gap}, "c1<c0"},
		{"a missing cell that determines", 2000, []func(int) string{gone, gap, group}, "c1<c0 c2<c0"},
		{"all but one row", 2000, []func(int) string{name, nearly, number}, "c2<c0"},
		{"independent", 2000, []func(int) string{name, func(i int) string { return "k" + word(u(i, 4, 3)) }, free}, ""},
		{"a rare level and its flag", 2000, []func(int) string{rare, flag}, "c1<c0"},
		{"a rare level of a large table", 20000, []func(int) string{
			func(i int) string { return "r" + word(u(i, 3, 3)) }, func(i int) string { return []string{"yes", "no"}[min(i%999, 1)] }}, ""},
		{"a key determines nothing", 900, []func(int) string{func(i int) string { return fmt.Sprint(i * i) }, group}, ""},
		{"values that are taken too seldom", 900, []func(int) string{func(i int) string { return fmt.Sprint(i%300*37 + 5) }, func(i int) string { return "g" + word(i%300%4) }}, ""},
		{"few rows", 30, []func(int) string{func(i int) string { return "a" + word(i%2) }, func(i int) string { return "b" + word(i%2) }}, ""},
		{"more rows", 90, []func(int) string{func(i int) string { return "a" + word(i%2) }, func(i int) string { return "b" + word(i%2) }}, "c1<c0"},
		{"a number with few repeats and its sign", 400, []func(int) string{func(i int) string { return fmt.Sprint(u(i, 5, 80) - 40) }, func(i int) string { return []string{"minus", "plus"}[min(1, u(i, 5, 80)/40)] }}, ""},
	} {
		if got := functionsOf(t, text(rowsOf(c.rows, c.columns...)), nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// The function that is found is that of the rows, and its file gives it back.
func TestFollowsIsTheFunction(t *testing.T) {
	c, e := fitted(t, text(rowsOf(3000,
		func(i int) string { return []string{"", "x", "y", "z"}[i%4] },
		func(i int) string { return []string{"2.5", "", "7.25", "2.5"}[i%4] },
		func(i int) string { return []string{"p", "q", "p", "p"}[i%4] })), nil, nil)
	if got := arrows(e.Metadata()); got != "c1<c0 c2<c0" {
		t.Fatal(got)
	}
	b, err := json.Marshal(e.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if want := `"follows":{"column":"c0","from":[null,0,1,2],"to":[2.5,null,7.25,2.5]}`; !strings.Contains(string(b), want) {
		t.Errorf("no %s in %s", want, b)
	}
	m := new(Metadata)
	if err := json.Unmarshal(b, m); err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Metadata{m, e.Metadata()} {
		for i := range c.Rows() {
			for _, j := range []int{1, 2} {
				if v, known := m.Columns[j].Follows.of(c.value(i, 0)); !known || !same(v, c.value(i, j)) {
					t.Fatalf("row %d, column %d: %g", i, j, v)
				}
			}
		}
	}
	if s := m.Summary(); !strings.Contains(s, "follows from c0\n") {
		t.Error(s)
	}
	for what, spoil := range map[string]func(f *Follows){
		"which determines no column": func(f *Follows) { f.Column = "c2" }, "a function that is none": func(f *Follows) { f.To = f.To[:2] },
		"does not have": func(f *Follows) { f.From = Values{0, 1, 2, 3} },
	} {
		if err := json.Unmarshal(b, m); err != nil {
			t.Fatal(err)
		}
		spoil(m.Columns[1].Follows)
		if _, err := NewCodec(m, false); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A condition determines, and follows from nothing.
func TestConditionsDetermine(t *testing.T) {
	u := draws(2)
	m, err := Infer(text(rowsOf(2000, func(i int) string { return fmt.Sprint(u(i, 0, 6)) + "x" }, func(i int) string { return fmt.Sprint(u(i, 0, 6)) + "y" },
		func(i int) string { return fmt.Sprint(u(i, 0, 6)/2) + "z" })), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"c1", "c0<c1 c2<c1"}, {"c2", "c1<c0"}} {
		if err := m.SetConditions(c[:1]); err != nil {
			t.Fatal(err)
		}
		cells, err := ReadCells(text(rowsOf(2000, func(i int) string { return fmt.Sprint(u(i, 0, 6)) + "x" }, func(i int) string { return fmt.Sprint(u(i, 0, 6)) + "y" },
			func(i int) string { return fmt.Sprint(u(i, 0, 6)/2) + "z" })), m)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Fit(cells, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := arrows(e.Metadata()); got != c[1] {
			t.Errorf("condition %s: %q, want %q", c[0], got, c[1])
		}
	}
}

// Chance makes no function: of tables of independent columns, of all sizes, none has one.
func TestFollowsIsNoAccident(t *testing.T) {
	for seed := range uint64(60) {
		u := draws(100 + seed)
		rows := []int{25, 60, 150, 400, 1200}[seed%5]
		var columns []func(i int) string
		for j := range 8 {
			k, kind := 2+u(j, 1000, []int{2, 4, 10, 30}[u(j, 1002, 4)]), u(j, 1001, 3)
			columns = append(columns, func(i int) string {
				v := min(u(i, 2*j, k), u(i, 2*j+1, k))
				if kind == 0 { // nearly all are the same
					v = max(0, 2-u(i, 2*j, 60))
				}
				return fmt.Sprintf("l%d", v)
			})
		}
		if got := functionsOf(t, text(rowsOf(rows, columns...)), nil); got != "" {
			t.Errorf("seed %d, %d rows: %s", seed, rows, got)
		}
	}
}

// The bound on the share of orders is one, and not far from it.
func TestUnlikely(t *testing.T) {
	for _, c := range []struct {
		count []int
		to    Values
		share float64 // by counting
	}{
		{[]int{3, 3, 2}, Values{0, 1, 0}, 2. / 56}, {[]int{4, 4}, Values{0, math.NaN()}, 2. / 70}, {[]int{6, 1, 1}, Values{0, 1, 1}, 1. / 28},
		{[]int{1, 1, 1}, Values{0, 1, 2}, 1}, {[]int{40, 40, 2}, Values{0, 0, 1}, 1. / (82 * 81 / 2)},
	} {
		least := -math.Log(c.share)
		if unlikely(c.count, c.to, least+1e-9) {
			t.Errorf("%v: less than a share of %g", c.count, c.share)
		}
		if c.share < 1 && !unlikely(c.count, c.to, least-3) {
			t.Errorf("%v: not even %g", c.count, c.share*math.Exp(3))
		}
	}
}

// What follows in the real tables.
func TestFollowsOfRealTables(t *testing.T) {
	for name, want := range map[string]string{
		"adult": "education_num<education", "iris": "", "wine": "", "penguins": "", "insurance": "", "titanic": "class<pclass adult_male<who embark_town<embarked alive<survived", "abalone": "", "concrete": "", "pima_diabetes": "", "breast_cancer": "", "california": "",
	} {
		src, err := OpenTable(realFile(t, name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		if got := functionsOf(t, src, nil); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
