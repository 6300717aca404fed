package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
)

// whereTable has every kind of column; headers with spaces, operators and emoji.
const whereTable = `age,income,"hours per week",gain,born,low,high,🎉,a-b,in,k,const,id,x
30,<=50K,40,0,2001-05-01,1,2,yes,1.5,u,1,7,r001,0.1234567890123451
31,>50K,41,0,2001-05-02,2,5,no,2.5,v,2,7,r002,0.2234568890123451
32,<=50K,,0,2001-06-01,3,3,yes,0.1,u,3,7,r003,0.3234569890123451
33,>50K,50,10,2002-05-01,4,2,no,0.3,v,1,7,r004,0.4234561890123451
45,<=50K,60,20,2003-05-01,5,9,yes,0.7,u,2,7,r005,0.5234562890123451
60,Other,35,30,2004-05-01,6,1,no,1.1,w,3,7,r006,0.6234563890123451
`

func whereBundle(tb testing.TB) (*bundle, *datasets.Cells) {
	tb.Helper()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(whereTable)), nil })
	m, err := datasets.Infer(src, &datasets.InferOptions{Types: map[string]datasets.Type{"k": datasets.TypeCategorical, "id": datasets.TypeIdentifier}})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := datasets.Fit(c, nil)
	if err != nil {
		tb.Fatal(err)
	}
	b := &bundle{codec: e}
	if err := b.prepare(); err != nil {
		tb.Fatal(err)
	}
	return b, c
}

// rowsThat are the rows of the table that satisfy the expressions.
func rowsThat(tb testing.TB, b *bundle, c *datasets.Cells, expressions ...string) ([]int, error) {
	tb.Helper()
	w, err := b.parseWhere(expressions)
	if err != nil {
		return nil, err
	}
	rows := []int{}
	for i := range c.Rows() {
		if w.holds(c, i) {
			rows = append(rows, i)
		}
	}
	return rows, nil
}

func TestWhereSelects(t *testing.T) {
	b, c := whereBundle(t)
	for _, p := range []struct {
		expression string
		want       []int
	}{
		{"age >= 32", []int{2, 3, 4, 5}},
		{"age>=32 and age<45", []int{2, 3}},
		{"31 <= age < 33", []int{1, 2}},
		{"60 > age > 31", []int{2, 3, 4}},
		{"age ≥ 32 && age ≤ 33", []int{2, 3}},
		{"age = 30", []int{0}},
		{"30 == age", []int{0}},
		{"age != 30", []int{1, 2, 3, 4, 5}},
		{"age <> 30", []int{1, 2, 3, 4, 5}},
		{"age > 29.5", []int{0, 1, 2, 3, 4, 5}},
		{"age in (30, 45, 7)", []int{0, 4}},
		{"age not in (30, 45)", []int{1, 2, 3, 5}},
		{"-age <= -45", []int{4, 5}},
		{"2*age - 60 < age", []int{0, 1, 2, 3, 4}},
		{"age*3 = 9.3e1", []int{1}},
		{`income = ">50K"`, []int{1, 3}},
		{`'>50K' = income`, []int{1, 3}},
		{"income != `<=50K`", []int{1, 3, 5}},
		{`income in (">50K", Other)`, []int{1, 3, 5}},
		{`income NOT IN (">50K", Other)`, []int{0, 2, 4}},
		{`"hours per week" > 40`, []int{1, 3, 4}},
		{`"hours per week" != 40`, []int{1, 3, 4, 5}},
		{`"hours per week" is missing`, []int{2}},
		{`"hours per week" is not missing`, []int{0, 1, 3, 4, 5}},
		{"gain > 0", []int{3, 4, 5}},
		{"gain = 0", []int{0, 1, 2}},
		{"born < 2001-06-01", []int{0, 1}},
		{"2001-05-02 <= born < 2003-05-01", []int{1, 2, 3}},
		{"born in (2001-05-01, 2004-05-01)", []int{0, 5}},
		{"low <= high", []int{0, 1, 2, 4}},
		{"low < high", []int{0, 1, 4}},
		{"low = high", []int{2}},
		{"low != high", []int{0, 1, 3, 4, 5}},
		{"2*low + high <= age - 21", []int{0, 1, 2, 3, 4, 5}},
		{"2*low + high <= 9", []int{0, 1, 2}},
		{"low + 3 <= high", []int{1, 4}},
		{"low <= high <= 3", []int{0, 2}},
		{"a-b + low = 2.5", []int{0}},
		{"a-b+low = 3.1", []int{2}}, // 0.1 + 3 in binary
		{`"hours per week" >= age`, []int{0, 1, 3, 4}},
		{"🎉 = yes", []int{0, 2, 4}},
		{`"🎉" = "yes"`, []int{0, 2, 4}},
		{`"in" = u`, []int{0, 2, 4}},
		{"k >= 2", []int{1, 2, 4, 5}},
		{"k = 2", []int{1, 4}},
		{"x > 0.3", []int{2, 3, 4, 5}},
		{"x > 1e-1 and x < +0.25", []int{0, 1}},
	} {
		got, err := rowsThat(t, b, c, p.expression)
		if err != nil || !slices.Equal(got, p.want) {
			t.Errorf("%s: rows %v, want %v: %v", p.expression, got, p.want, err)
		}
		// What an event allows of encoded rows is what the cells say.
		if err := eventsAgree(b, c, p.expression, 0); err != nil {
			t.Errorf("%s: %v", p.expression, err)
		}
	}
	if eventsAgree(b, c, "31 <= age < 33", 0.6) == nil {
		t.Error("bounds that are half a cell off pass")
	}
	if got, err := rowsThat(t, b, c, "age >= 32", "income = Other"); err != nil || !slices.Equal(got, []int{5}) {
		t.Errorf("two conditions: %v, %v", got, err)
	}
}

// eventsAgree errs where the events of an expression, moved by so much, differ
// from the decoded cells of encoded rows. Events of several segments are wider.
func eventsAgree(b *bundle, c *datasets.Cells, expression string, off float64) error {
	w, err := b.parseWhere([]string{expression})
	if err != nil {
		return err
	}
	for i := range 40 * c.Rows() {
		row := i % c.Rows()
		one := c.Subset([]int{row})
		x, _ := encodeCells(b.codec, one, uint64(i))
		for k, s := range w.sets {
			list, how := w.events(k)
			in := how != never
			for _, e := range list {
				one := slices.ContainsFunc(e.Allowed, func(j int) bool { return x.At(0, j) == 1 })
				if e.Number >= 0 && (e.Present < 0 || x.At(0, e.Present) == 1) {
					one = one || x.At(0, e.Number)+off >= e.Lo && x.At(0, e.Number)+off <= e.Hi
				}
				in = in && one
			}
			if want := s.holds(c, row, k); in != want && (want || len(s.numbers) < 2) {
				return fmt.Errorf("row %d, column %s: the event is %v, the cell %v", row, w.names[k], in, want)
			}
		}
	}
	return nil
}

func TestWhereRefuses(t *testing.T) {
	b, c := whereBundle(t)
	for _, p := range []struct{ expression, want string }{
		{"", "character 1: nothing is asked for"},
		{"agee > 3", `character 1: no such column: "agee"; did you mean age?`},
		{"3 < agee", `character 5: no such column: "agee"; did you mean age?`},
		{"age > ", "character 7: found the end where a column or a value should be"},
		{"age >> 3", "character 6: found > where a column or a value should be"},
		{"age", "character 4: found the end where a comparison should be"},
		{"age 3", "character 5: found 3 where a comparison should be"},
		{"age > 3 age < 5", "character 9: found age after a condition"},
		{"age > 3 or age < 1", "character 9: conditions hold together"},
		{"age > three", `character 7: "three" is not a number`},
		{"low < hihg", `character 7: "hihg" is neither a number nor a column: did you mean high?`},
		{"income = >50K", "character 10: found > where a column or a value should be: quote names"},
		{"income = Othr", `character 10: column "income": unseen category "Othr"; did you mean "Other"?`},
		{"income in (Other", "character 17: found the end in a list"},
		{"income in Other", "character 11: found Other where ( should be"},
		{"income > Other", `character 8: "income" is categorical and has no order`},
		{"income = age", `character 10: "income" and "age" are two columns`},
		{"income + 1 < age", `character 1: "income" is categorical, and only numbers`},
		{"income = 1 + age", `a sum where a level of "income" should be`},
		{"hours > 3", `no such column: "hours"; put quotes around a name that holds spaces or operators, as in "hours per week"`},
		{"'age > 3", "character 1: the quote ' is not closed"},
		{"age is 3", "character 8: found 3 after is"},
		{"age is missing", `column "age" had no missing cells`},
		{"age = NA", `"NA" means a missing cell: write is missing`},
		{"const = 7", `column "const" is constant: every row has "7"`},
		{"id = r001", `column "id" is an identifier`},
		{"3 < 4", "no column is left"},
		{"age < age", "no column is left"},
		{"age*low < 3", "a product is of a number and a column"},
		{"age > 60", `this leaves no value of "age": it has values from 30 to 60, whole ones`},
		{"age < 30.5 and age > 30", `this leaves no value of "age"`},
		{"age > 40 and age < 35", `this leaves no value of "age"`},
		{"30 < age < 31", `this leaves no value of "age"`},
		{"income = Other and income != Other", `this leaves no value of "income"`},
		{"born < 1.5.2001", `"1.5.2001" is not a date of the format "2006-01-02"`},
		{"born < age", "in different units"},
		{"low + high > 100", `the values of "low", "high" in the table never do that`},
		{"age > 1e999", `"1e999" is not a number`},
		{"age < \xff", "not valid UTF-8"},
		{"x = 0.55", "a single one has probability 0"},
	} {
		got, err := rowsThat(t, b, c, p.expression)
		if err == nil || !strings.Contains(err.Error(), p.want) {
			t.Errorf("%s: rows %v, %v, want %s", p.expression, got, err, p.want)
		}
	}
	if _, err := rowsThat(t, b, c, "age > 40", "age < 35"); err == nil || !strings.Contains(err.Error(), `together with "age > 40"`) {
		t.Error(err)
	}
}

// No text is a panic, and errors stay short.
func FuzzWhere(f *testing.F) {
	for _, s := range []string{"age >= 30", "30 <= age < 40 and 2*low + high <= age + 3", `income in (">50K", 'Other')`, "born < 2001-05-01", "🎉 is not missing", "-1e+5*age != -k", "'a''b' = ```", "age not in (1,-2)"} {
		f.Add(s)
	}
	b, c := whereBundle(f)
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := rowsThat(t, b, c, s)
		if err != nil && len(err.Error()) > 600 {
			t.Errorf("%d bytes of error for %q", len(err.Error()), s)
		}
		if err == nil && rows == nil {
			t.Errorf("%q: neither rows nor an error", s)
		}
	})
}
