package where

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tweedie/datasets"
)

func TestParsedConditionsSelectRows(t *testing.T) {
	e, c := people(t)
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
		{"3*a-b = 2.1", []int{4}}, // 2.1/3 is not 0.7 in binary
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
		{"k < 2", []int{0, 3}},
		{"2 <= k < 3", []int{1, 4}},
		{"3 > k", []int{0, 1, 3, 4}},
		{"k in (1, 3)", []int{0, 2, 3, 5}},
		{"k != 2", []int{0, 2, 3, 5}},
		{"age > -1", []int{0, 1, 2, 3, 4, 5}},
		{"age in (-30, 31)", []int{1}},
		{"age not in (-30, 31)", []int{0, 2, 3, 4, 5}},
		{"age - low = 29", []int{0, 1, 2, 3}},
		{"low - age = -29", []int{0, 1, 2, 3}},
		{"low - high > 0", []int{3, 5}},
		{"a-b >= low", []int{0, 1}},
		{"low <= 3 + high", []int{0, 1, 2, 3, 4}},
		{"high > low >= 2", []int{1, 4}},
		{"age = 3.2E+1", []int{2}},
		{"age IS NOT MISSING", []int{0, 1, 2, 3, 4, 5}},
		{"\"hours per week\" is missing and low = 3", []int{2}},
		{"income in ('>50K', '<=50K') and income not in ('<=50K')", []int{1, 3}},
		{"'hours per week' in (41, 35)", []int{1, 5}},
		{"'hours per week' not in (41, 35)", []int{0, 3, 4}},
		{"'hours per week' <= 40", []int{0, 5}},
		{"born != 2001-05-01", []int{1, 2, 3, 4, 5}},
	} {
		got, err := rowsThat(e, c, p.expression)
		if err != nil || !slices.Equal(got, p.want) {
			t.Errorf("%s: rows %v, want %v: %v", p.expression, got, p.want, err)
		}
	}
	if got, err := rowsThat(e, c, "age >= 32", "income = Other"); err != nil || !slices.Equal(got, []int{5}) {
		t.Errorf("two conditions: %v, %v", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	e, c := people(t)
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
		{"income = Othr", `character 10: column "income": unseen category "Othr"; did you mean Other?`},
		{"income in (Other", "character 17: found the end in a list"},
		{"income in Other", "character 11: found Other where ( should be"},
		{"income > Other", `character 8: "income" is categorical and has no order`},
		{"income = age", `character 10: "income" and "age" are two columns`},
		{"income + 1 < age", `character 1: "income" is categorical, and only numbers`},
		{"income = 1 + age", `a sum where a level of "income" should be`},
		{"hours > 3", `no such column: "hours"; put quotes around a name that holds spaces or operators, as in "hours per week"`},
		{"hours per week > 3", `character 1: the name of column hours per week holds a space or an operator: put it between quotes, as in "hours per week" > 3`},
		{"age < Hours per week", `character 7: the name of column hours per week holds a space or an operator: put it between quotes, as in age < "hours per week"`},
		{"age > 3 and hours per wek in (3)", `as in age > 3 and "hours per week" in (3)`},
		{"low + hours per week < 3", `as in low + "hours per week" < 3`},
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
		{"a-b > 2.5", `this leaves no value of "a-b": it has values from 0.1 to 2.5, of 1 decimals`},
		{"AGE > 3", `character 1: no such column: "AGE"; did you mean age?`},
		{"zzzzzzzz > 3", `character 1: no such column: "zzzzzzzz"; choose from "age", "income"`},
		{"x = a-b", "numbers that are not rounded are equal with probability 0"},
		{"1e308*age + 1e308*age > low", "character 1: the numbers are too large"},
		{"1e308 + 1e308 > low + age", "character 1: the numbers are too large"},
		{"age + 1 in (3)", "character 1: a sum where a single column should be"},
		{"agee in (3)", `character 1: no such column: "agee"; did you mean age?`},
		{"id is missing", `character 1: column "id" is an identifier`},
		{"age in (3; 4)", `character 9: "3;" is not a number`},
		{"age in (30 31)", "character 12: found 31 in a list"},
		{"age in (<)", "character 9: found < where a value of \"age\" should be"},
		{"income in (Othr)", `character 12: column "income": unseen category "Othr"`},
		{"income = NA", `character 10: "NA" means a missing cell: write is missing`},
		{"income is missing and income is not missing", `column "income" had no missing cells`},
		{"income in (Other) and income in ('>50K')", `this leaves no value of "income": take one of the conditions away`},
		{"low + income > 3", `character 7: "income" is categorical, and only numbers`},
		{"low + id > 3", `character 7: column "id" is an identifier`},
		{"low + agee > 3", `character 7: no such column: "agee"`},
		{"0*low > 3", "character 1: no column is left"},
		{"low > Inf", `"Inf" is neither a number nor a column`},
		{"low > 1e400", `"1e400" is not a number, and "low" is integer`},
		{"k > x2", "has no order"},
		{"born < yesterday", `"yesterday" is not a date`},
		{"low + high >= 16", `the values of "low", "high" in the table never do that`},
		{"low - high = 6", `the values of "low", "high" in the table never do that`},
	} {
		got, err := rowsThat(e, c, p.expression)
		if err == nil || !strings.Contains(err.Error(), p.want) {
			t.Errorf("%s: rows %v, %v, want %s", p.expression, got, err, p.want)
		}
	}
	if _, err := rowsThat(e, c, "age > 40", "age < 35"); err == nil || !strings.Contains(err.Error(), `together with "age > 40"`) {
		t.Error(err)
	}
}

// Of a column with a code each level is a value of its own.
func TestCodedLevels(t *testing.T) {
	var text strings.Builder
	text.WriteString("town,size\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "town %d,%d.5\n", i*i%211, i%40)
	}
	e, c := fit(t, text.String(), &datasets.InferOptions{OneHot: 20}, nil)
	if e.Metadata().Columns[0].Clustering == nil {
		t.Fatal("the column has no code")
	}
	for i := range 50 {
		name := e.Metadata().Columns[0].Levels[c.Level(i, 0)].Name
		rows, err := rowsThat(e, c, fmt.Sprintf("town = %q", name))
		other, err2 := rowsThat(e, c, fmt.Sprintf("town != %q", name))
		if err != nil || err2 != nil || !slices.Contains(rows, i) || slices.Contains(other, i) || len(rows)+len(other) != c.Rows() {
			t.Errorf("%s: %d rows and %d others: %v, %v", name, len(rows), len(other), err, err2)
		}
	}
	if _, err := rowsThat(e, c, "town = 'town 911'"); err == nil || !strings.Contains(err.Error(), "unseen category") {
		t.Error(err)
	}
}

// No text is a panic, and errors stay short.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"age >= 30", "30 <= age < 40 and 2*low + high <= age + 3", `income in (">50K", 'Other')`, "born < 2001-05-01", "🎉 is not missing", "-1e+5*age != -k", "'a''b' = ```", "age not in (1,-2)"} {
		f.Add(s)
	}
	e, c := people(f)
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := rowsThat(e, c, s)
		if err != nil && len(err.Error()) > 600 {
			t.Errorf("%d bytes of error for %q", len(err.Error()), s)
		}
		if err == nil && rows == nil {
			t.Errorf("%q: neither rows nor an error", s)
		}
	})
}
