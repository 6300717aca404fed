package tabular

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/datasets/where"
	"tweedie/sample"
)

// Rows by rejection are those of the model that satisfy the conditions, in their
// order; and guided rows satisfy them all, told by the text that is written.
func TestWhereIsAFilter(t *testing.T) {
	m := fit(jobsText(300), Options{Steps: 60, Every: 30, Hidden: 16, Layers: 1, Batch: 64})
	sampled := func(rows int, q Query) []string {
		q.Sampler.NFE = 8
		return strings.Split(strings.TrimSuffix(text(t, draw(m, rows, &q).Cells), "\n"), "\n")[1:]
	}
	all := sampled(1500, Query{})
	whole := func(s string) int { n, _ := strconv.Atoi(s); return n }
	for _, c := range []struct {
		expression   string
		right, wrong func(age, gain, hours int, cell []string) bool
	}{
		{"30 <= age < 45", func(age, _, _ int, _ []string) bool { return age >= 30 && age < 45 },
			func(age, _, _ int, _ []string) bool { return age > 30 && age <= 45 }},
		{"gain > 0 and job != clerk", func(_, gain, _ int, c []string) bool { return gain > 0 && c[2] != "clerk" },
			func(_, gain, _ int, c []string) bool { return c[2] != "clerk" }},
		{"age <= hours", func(age, _, hours int, c []string) bool { return c[3] != "" && age <= hours },
			func(age, _, hours int, c []string) bool { return age >= hours }},
		{"hours is missing and born >= 2001-06-01", func(_, _, _ int, c []string) bool { return c[3] == "" && c[4] >= "2001-06-01" },
			func(_, _, _ int, c []string) bool { return c[4] >= "2001-06-01" }},
	} {
		keep := func(rows []string, right func(age, gain, hours int, cell []string) bool) (kept []string) {
			for _, r := range rows {
				cell := strings.Split(r, ",")
				if right(whole(cell[0]), whole(cell[1]), whole(cell[3]), cell) {
					kept = append(kept, r)
				}
			}
			return kept
		}
		want := keep(all, c.right)
		if len(want) > 60 {
			want = want[:60]
		}
		if len(want) == 0 {
			t.Fatalf("%s: no rows to test with", c.expression)
		}
		got := sampled(len(want), Query{Where: []string{c.expression}, WhereBy: "reject", Workers: 1})
		if !slices.Equal(got, want) {
			t.Errorf("%s: not the rows of the model that satisfy it", c.expression)
		}
		if slices.Equal(got, keep(all, c.wrong)[:min(len(want), len(keep(all, c.wrong)))]) {
			t.Errorf("%s: rows of another condition pass", c.expression)
		}
		guided := sampled(len(want), Query{Where: []string{c.expression}, WhereBy: "guide"})
		if len(guided) != len(want) || len(keep(guided, c.right)) != len(want) {
			t.Errorf("%s: %d of %d guided rows satisfy it", c.expression, len(keep(guided, c.right)), len(want))
		}
		if len(keep(guided, c.wrong)) == len(want) && c.expression[0] == '3' {
			t.Errorf("%s: guided rows satisfy another condition", c.expression)
		}
	}
}

// Rejection counts to the number of rows, of every kind, and gives up in time.
func TestRejection(t *testing.T) {
	var ages strings.Builder
	ages.WriteString("age\n")
	for range 20 { // rows 1 to 5 of 6 satisfy age != 30
		ages.WriteString("30\n31\n32\n33\n45\n60\n")
	}
	src := source("t.csv", ages.String())
	all := must(datasets.ReadCells(src, must(datasets.Infer(src, nil))))
	codec, c := must(datasets.Fit(all, nil)), all.Subset([]int{0, 1, 2, 3, 4, 5})
	w := must(where.Parse(codec, false, []string{"age != 30"}))
	take := func(s *rejection, blocks int) (rows []int) {
		for range blocks {
			rows = append(rows, s.keep(c)...)
		}
		return rows
	}
	if s := newRejection(w, 7, 1); !slices.Equal(take(s, 3), []int{1, 2, 3, 4, 5, 1, 2}) || !s.done() || s.tried != 9 {
		t.Errorf("%d tried", s.tried)
	}
	// Of two kinds in turn, three and two: rows 0, 2, 4 of a block are of the first.
	if s := newRejection(w, 5, 2); !slices.Equal(take(s, 3), []int{1, 2, 3, 4, 2}) || !s.done() {
		t.Errorf("%d kept of %v", s.kept, s.quota)
	}
	s := newRejection(must(where.Parse(codec, false, []string{"age = 45"})), 1, 1)
	c = all.Subset([]int{0, 1, 2, 3, 0, 5}) // not one of them
	take(s, 2*hopelessRun/c.Rows())
	if s.done() || !s.hopeless() || s.tried != hopelessRun || !strings.Contains(s.err("guide").Error(), "0 of 20000 rows") {
		t.Errorf("%d tried: %v", s.tried, s.err("guide"))
	}
}

// Rows are rejected where many satisfy the conditions, and weighted where few do; all
// satisfy them.
func TestWhereBy(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	few := sample.Sampler{NFE: 6}
	for _, c := range []struct {
		m      *Model
		q      Query
		n      int
		by     string
		lo, hi int // rows tried
	}{
		{free, Query{Where: []string{"size > 12"}}, 50, "reject", 50, 150},
		{free, Query{Where: []string{"size > 12"}, WhereBy: "reject"}, 50, "reject", 50, 150},
		{free, Query{Where: []string{"size > 12"}, WhereBy: "guide"}, 50, "guide", 50, 150},
		{free, Query{Where: []string{"size < 10.3", "kind = red", "count = 5"}}, 20, "reject", pilotRows + 20, hopelessRun}, // fewer than the references
		{free, Query{Where: []string{"size < 10.3", "kind = red", "count = 5"}}, 40, "reject", pilotRows + 24, 60000},       // particles of so few steps are not like them
		{free, Query{Where: []string{"size < 10.3", "kind = red"}}, 1, "reject", 1, pilotRows},                              // the pilot has one
		{labeled, Query{Where: []string{"size < 10.3", "kind = red"}}, 30, "reject", pilotRows + 1, 20000},
		{free, Query{Where: []string{"size < 10.5"}}, 150, "reject", pilotRows + 1, 10000}, // a share above pilotShare
		{free, Query{Where: []string{"label = yes"}, Balance: "kind"}, 700, "reject", pilotRows + 1, 10000},
	} {
		c.q.Sampler, c.q.Seed = few, 3
		r := draw(c.m, c.n, &c.q)
		if r.WhereBy != c.by || r.Tried < c.lo || r.Tried > c.hi || r.Rows() != c.n || r.NFE != 6 {
			t.Errorf("%q: %d rows by %s, %d tried, %g evaluations", c.q.Where, r.Rows(), r.WhereBy, r.Tried, r.NFE)
		}
		if c.by != "particles" && r.Satisfied*float64(r.Tried) < float64(c.n)-0.5 || r.Satisfied > 1 {
			t.Errorf("%q: a share of %g of %d", c.q.Where, r.Satisfied, r.Tried)
		}
		w := must(where.Parse(c.m.codec, false, c.q.Where))
		for i := range r.Rows() {
			if !w.Holds(r.Cells, i) {
				t.Fatalf("%q: row %d does not satisfy it", c.q.Where, i)
			}
		}
		if c.by == "reject" { // a filter, of each kind in turn, however often rows were drawn anew
			free := c.q
			free.Where, free.WhereBy = nil, ""
			all, kept, quota := draw(c.m, r.Tried, &free), []int{}, []int{c.n}
			if c.q.Balance != "" {
				quota = []int{234, 233, 233}
			}
			for i := range r.Tried {
				if kind := i % len(quota); w.Holds(all.Cells, i) && quota[kind] > 0 {
					quota[kind]--
					kept = append(kept, i)
				}
			}
			if text(t, all.Subset(kept)) != text(t, r.Cells) {
				t.Errorf("%q: not the rows of the model that satisfy it", c.q.Where)
			}
		}
		c.q.Workers = 3
		if text(t, draw(c.m, c.n, &c.q).Cells) != text(t, r.Cells) {
			t.Errorf("%q: workers change rows", c.q.Where)
		}
	}
}

// What the model has next to none of is given up, with the count.
func TestHopelessWhere(t *testing.T) {
	m := model(t)
	none := []string{"size < 10.01", "kind = red", "count = 5", "label = no"}
	_, err := m.Sample(t.Context(), 100, &Query{Where: none, WhereBy: "reject", Sampler: sample.Sampler{Name: "dpmpp2m", NFE: 1}})
	if err == nil || !strings.Contains(err.Error(), " of 20000 rows satisfied the conditions") || !strings.Contains(err.Error(), "guide rows towards them") {
		t.Error(err)
	}
	s := newRejection(nil, 4, 2)
	s.tried, s.passed = 5000, 50
	for _, c := range []struct {
		s    *rejection
		by   string
		want string
	}{
		{s, "reject", "too few of some levels to balance"},
		{&rejection{quota: []int{1}, tried: 5000, passed: 50}, "reject", "guide rows towards them"},
		{&rejection{quota: []int{1}, tried: 5000, passed: 1}, "guide", "hardly has such rows"},
		{&rejection{quota: []int{1, 1}, tried: 5000, passed: 4}, "guide", "hardly has such rows"},
	} {
		if err := c.s.err(c.by); !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
	if s.share() != 0.01 || (&rejection{}).share() != 0 {
		t.Error("shares")
	}
	for kept, want := range map[int]bool{0: true, 19: true, 20: false} {
		if s := (&rejection{tried: 20000, kept: kept}); s.hopeless() != want {
			t.Errorf("%d kept of 20000: hopeless is not %v", kept, want)
		}
	}
	if (&rejection{tried: 19999}).hopeless() {
		t.Error("given up too soon")
	}
}

// The labels of guided and rejected rows are those that they were drawn with.
func TestWhereOfLabels(t *testing.T) {
	m := model(t, "label")
	r := draw(m, 60, &Query{Where: []string{"label = yes", "size > 12"}, Sampler: sample.Sampler{NFE: 6}})
	for _, s := range columnOf(t, r, "label") {
		if s != "yes" {
			t.Fatal("a label that the conditions exclude")
		}
	}
	if r.Satisfied < 0.3 { // labels are drawn among those that are allowed
		t.Errorf("a share of %g", r.Satisfied)
	}
}
