package tabular

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
	"tweedie/sde"
)

// schoolText is a table of schools, some rare, whose grade and kind follow, and of hours; with
// gaps, one cell in nine of the first three is missing.
func schoolText(rows, schools int, gaps bool) string {
	var b strings.Builder
	b.WriteString("school,grade,kind,hours\n")
	for i := range rows {
		u, v, w := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1), math.Mod(float64(i)*0.569840, 1)
		k := int(float64(schools) * u * u)
		cells := []string{fmt.Sprintf("s%02d", k), fmt.Sprint(gradeOf(k)), kindOf(k), fmt.Sprintf("%.2f", 20+10*v+float64(k%3))}
		if j := int(27 * w); gaps && j < 3 {
			cells[j] = ""
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return b.String()
}

func gradeOf(k int) int         { return 5 + k*7%4 }
func kindOf(k int) string       { return []string{"day", "night"}[k%2] }
func schoolNo(s string) (k int) { fmt.Sscanf(s, "s%d", &k); return k }

var schoolTypes = &datasets.InferOptions{Types: map[string]datasets.Type{"grade": datasets.TypeInteger, "school": datasets.TypeCategorical}}

// schools is a model of schools that has learned next to nothing: it contradicts itself.
func schools(o Options) *Model {
	o.Steps, o.Hidden, o.Layers = 3, 4, 1
	if o.Infer == nil {
		o.Infer = schoolTypes
	}
	return fit(schoolText(1200, 20, false), o)
}

// obeys errs unless every row obeys the functions: that of kinds too, unless it is a label.
func obeys(c *datasets.Cells) error {
	free := c.Metadata().Field("kind").Condition
	for i := range c.Rows() {
		cell := func(j int) string { return string(c.AppendText(nil, i, j)) }
		if k := schoolNo(cell(0)); cell(1) != fmt.Sprint(gradeOf(k)) || !free && cell(2) != kindOf(k) {
			return fmt.Errorf("row %d: %s, %s, %s", i, cell(0), cell(1), cell(2))
		}
	}
	return nil
}

// Rows that are drawn obey the functions of the table, however they are drawn, and whatever is
// given of them.
func TestDrawnRowsFollow(t *testing.T) {
	grouped := &datasets.InferOptions{Types: schoolTypes.Types, MaxLevels: 8, OneHot: -1}
	clustered := &datasets.InferOptions{Types: schoolTypes.Types, OneHot: 6}
	models := map[string]*Model{
		"plain": schools(Options{}), "grouped": schools(Options{Infer: grouped}), "clustered": schools(Options{Infer: clustered}),
		"labels":           schools(Options{Conditions: []string{"school"}}),
		"a label of kinds": schools(Options{Conditions: []string{"kind"}}), "chain": schools(Options{Levels: &sde.Levels{Count: 40}}),
	}
	queries := map[string]Query{
		"nothing": {}, "a grade": {Given: map[string]string{"grade": "6"}}, "both": {Given: map[string]string{"grade": "6", "kind": "night"}},
		"a school": {Given: map[string]string{"school": "s07"}}, "a condition": {Where: []string{"grade > 6"}},
		"a level": {Where: []string{"kind = night", "hours > 24"}, WhereBy: "guide"}, "a balance": {Balance: "grade"}, "schools": {Balance: "school"},
		"values":    {Given: map[string]string{"grade": "7"}, Conditioning: Conditioning{Method: "replacement"}},
		"particles": {Where: []string{"grade > 6"}, Conditioning: Conditioning{Method: "tds", Particles: 16}},
	}
	tried := 0
	for what, m := range models {
		for of, q := range queries {
			q.Sampler.NFE = 6
			r, err := m.Sample(context.Background(), 200, &q)
			if what == "plain" && err != nil {
				t.Errorf("%s, given %s: %v", what, of, err)
			}
			if err != nil {
				continue // it has other columns, or is given none
			}
			tried++
			if r.Rows() != 200 {
				t.Errorf("%s, given %s: %d rows", what, of, r.Rows())
			}
			if err := obeys(r.Cells); err != nil {
				t.Errorf("%s, given %s: %v", what, of, err)
			}
			for column, v := range q.Given {
				for _, s := range columnOf(t, r, column) {
					if s != v {
						t.Fatalf("%s, given %s: %s", what, of, s)
					}
				}
			}
		}
	}
	if tried < 45 {
		t.Errorf("%d queries", tried)
	}
}

// Numbers follow from numbers too, of a latent model and of one that is given some: the number
// that determines a given one becomes the nearest that does.
func TestDrawnNumbersFollow(t *testing.T) {
	var b strings.Builder
	b.WriteString("level,pay,hours\n")
	for i := range 900 {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		fmt.Fprintf(&b, "%d,%d,%.2f\n", int(12*u), 10*(int(12*u)/4), 5*v+u)
	}
	types := &datasets.InferOptions{Types: map[string]datasets.Type{"level": datasets.TypeInteger, "pay": datasets.TypeInteger}}
	for _, o := range []Options{{Latent: "pca:2", Encoding: "standard"}, {}} {
		o.Steps, o.Hidden, o.Layers, o.Infer = 3, 4, 1, types
		m := fit(b.String(), o)
		queries := []Query{{}, {Where: []string{"pay > 5"}}}
		if o.Latent == "" {
			queries = append(queries, Query{Given: map[string]string{"pay": "10"}}, Query{Given: map[string]string{"level": "9"}})
		}
		for _, q := range queries {
			q.Sampler.NFE = 6
			r := draw(m, 300, &q)
			for i := range r.Rows() {
				if level, pay := r.Number(i, 0), r.Number(i, 1); pay != 10*math.Floor(level/4) || q.Given["pay"] != "" && pay != 10 || q.Given["level"] != "" && level != 9 || q.Where != nil && pay < 10 {
					t.Fatalf("latent %q, %v, %v: level %g has pay %g", o.Latent, q.Given, q.Where, level, pay)
				}
			}
		}
	}
}

// Nothing but the cells that follow is another without the functions, and a table without any
// is drawn the same.
func TestFollowsChangesNothingElse(t *testing.T) {
	m := schools(Options{})
	r := draw(m, 300, &Query{Workers: 1})
	if again := draw(m, 300, &Query{Workers: 3}); text(t, again.Cells) != text(t, r.Cells) {
		t.Error("workers change the rows")
	}
	f, err := m.File()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.Meta["table"], `"follows":{"column":"school"`) {
		t.Error("the file does not say what follows")
	}
	table := *m.Metadata()
	table.Columns = append([]datasets.Field(nil), table.Columns...)
	for j := range table.Columns {
		table.Columns[j].Follows = nil
	}
	if err := f.SetJSON("table", &table); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.Meta["table"], "follows") {
		t.Error("a file of a table without functions has another form than before")
	}
	old := draw(must(FromCheckpoint(f)), 300, nil)
	wrong := 0
	for i := range 300 {
		for _, j := range []int{0, 3} {
			if string(old.AppendText(nil, i, j)) != string(r.AppendText(nil, i, j)) {
				t.Fatalf("row %d, column %d is another", i, j)
			}
		}
		if obeys(old.Subset([]int{i})) != nil {
			wrong++
		}
	}
	if wrong < 30 {
		t.Errorf("%d rows contradict themselves without the functions, so that there is nothing to test", wrong)
	}
}

// What is given stays, also where it contradicts the table.
func TestGivenStaysAgainstFollows(t *testing.T) {
	m := schools(Options{})
	for _, given := range []map[string]string{{"school": "s00", "grade": "8"}, {"kind": "day", "grade": "6", "school": "s02"}} {
		r := draw(m, 50, &Query{Given: given, Sampler: sampleOf(6)})
		for column, v := range given {
			for _, s := range columnOf(t, r, column) {
				if s != v {
					t.Fatalf("%v: %s is %s", given, column, s)
				}
			}
		}
	}
	_, err := m.Sample(context.Background(), 5, &Query{Given: map[string]string{"school": "s00"}, Where: []string{"grade > 6"}})
	if err := refused(err, "given", "grade=5 contradicts"); err != nil {
		t.Error(err)
	}
}

// Cells that are filled obey the functions, and known cells decide them.
func TestFilledCellsFollow(t *testing.T) {
	for what, infer := range map[string]*datasets.InferOptions{"plain": schoolTypes, "grouped": {Types: schoolTypes.Types, MaxLevels: 8, OneHot: -1}, "clustered": {Types: schoolTypes.Types, OneHot: 6}} {
		m := schools(Options{Infer: infer})
		c := cellsOf(m, schoolText(400, 20, true))
		for _, o := range []Imputation{{}, {Draws: 2, Workers: 2}, {Point: true, Draws: 3}} {
			o.Sampler = sampleOf(6)
			full := must(must(m.NewImputer(&o)).Fill(context.Background(), c, 0))
			for _, d := range full {
				if err := obeys(d); err != nil {
					t.Errorf("%s, %+v: %v", what, o, err)
				}
			}
		}
	}
	m := schools(Options{})
	// A school that training had not stays, and nothing is made to follow from it.
	full := must(m.Impute(context.Background(), source("t.csv", "school,grade,kind,hours\nsnew,,day,25\n,5,,25\n"), nil))
	if got := text(t, full[0]); !strings.HasPrefix(strings.Split(got, "\n")[1], ",") || obeys(full[0].Subset([]int{1})) != nil {
		t.Error(got)
	}
}

func sampleOf(nfe int) sample.Sampler { return sample.Sampler{NFE: nfe} }
