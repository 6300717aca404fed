package tabular

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
)

// rareText is a table of amounts, of which some are large, and fraud: no other row is
// one or the other.
func rareText(rows int) string {
	var b strings.Builder
	b.WriteString("amount,fraud\n")
	r := rand.New(rand.NewPCG(1, 2))
	for range rows {
		if r.Float64() < 0.006 {
			fmt.Fprintf(&b, "%.1f,yes\n", 900+15*r.NormFloat64())
		} else {
			fmt.Fprintf(&b, "%.1f,no\n", 100+20*r.NormFloat64())
		}
	}
	return b.String()
}

// Rows of a rare kind are of that kind as often as those by rejection, where a guide
// alone makes most of them of the frequent kind.
func TestRareKind(t *testing.T) {
	m := fit(rareText(2000), Options{Hidden: 48, Layers: 2, Steps: 1500, Batch: 128, Rate: 5e-3})
	share := func(by string, n, workers int) (float64, *DrawnRows) {
		last, yes := 0, 0
		r := draw(m, n, &Query{Where: []string{"amount > 500"}, WhereBy: by, Sampler: sample.Sampler{NFE: 20}, Seed: 1, Workers: workers, Progress: func(done int) error {
			if done < last || done > n {
				t.Errorf("progress from %d to %d of %d", last, done, n)
			}
			last = done
			return nil
		}})
		for _, s := range columnOf(t, r, "fraud") {
			if s == "yes" {
				yes++
			}
		}
		if last != n {
			t.Errorf("progress ends at %d of %d", last, n)
		}
		return float64(yes) / float64(n), r
	}
	const n = 150
	right, _ := share("reject", n, 0)
	wrong, _ := share("guide", n, 0)
	got, r := share("", n, 0)
	t.Logf("%.3f by rejection, %.3f guided, %.3f by %s", right, wrong, got, r.WhereBy)
	if r.WhereBy != "particles" || r.Rows() != n || r.Evidence == nil || r.Method != "tds" || r.Tried < pilotRows || r.Satisfied > pilotShare {
		t.Errorf("%d rows by %s of method %s: %d tried, a share of %g", r.Rows(), r.WhereBy, r.Method, r.Tried, r.Satisfied)
	}
	if math.Abs(got-right) > 0.15 || wrong > right-0.15 {
		t.Errorf("%.3f are right, of rows by rejection %.3f, and of guided ones %.3f", got, right, wrong)
	}
	if _, again := share("", n, 3); text(t, again.Cells) != text(t, r.Cells) {
		t.Error("workers change rows")
	}
	stopped := errors.New("stopped")
	for after := range 6 {
		_, err := m.Sample(t.Context(), n, &Query{Where: []string{"amount > 500"}, Sampler: sample.Sampler{NFE: 4}, Progress: func(int) error {
			if after--; after < 0 {
				return stopped
			}
			return nil
		}})
		if err != stopped {
			t.Errorf("stopped at the report after %d: %v", after, err)
		}
	}
}

// Particles are believed where they stand for the share of rows that rejection found,
// and none but they tell of it; where they say that it is nothing, rows are refused.
func TestSameShare(t *testing.T) {
	even := func(log float64, n int) (logs []float64) {
		for i := range n {
			logs = append(logs, log+0.2*float64(i%2))
		}
		return logs
	}
	ruled := append(even(-30, 31), -5)
	for _, c := range []struct {
		name          string
		logs          []float64
		passed, tried int
		least, most   int
	}{
		{"the same share", even(math.Log(0.003), 32), 30, 10000, 30, 32},
		{"three times the share", even(math.Log(0.009), 32), 30, 10000, 0, 0},
		{"a third of it", even(math.Log(0.001), 32), 30, 10000, 0, 0},
		{"few, as expected", even(math.Log(1e-4), 32), 2, 20000, 30, 32},
		{"none, as expected", even(math.Log(2e-5), 32), 0, 20000, 30, 32},
		{"none, and hundreds expected", even(math.Log(0.01), 32), 0, 20000, 0, 0},
		{"one group rules", ruled, 30, 30 * 148 * 32, 1, 1},
		{"all collapsed", []float64{math.Inf(-1), math.Inf(-1)}, 3, 20000, 0, 0},
	} {
		got, err := sameShare(c.logs, make([]float64, len(c.logs)), &rejection{passed: c.passed, tried: c.tried})
		if err != nil || got < c.least || got > c.most {
			t.Errorf("%s: %d groups, %v", c.name, got, err)
		}
	}
	_, err := sameShare(even(-20, 32), make([]float64, 32), &rejection{tried: 20000})
	if err == nil || !strings.Contains(err.Error(), "none of 20000 rows satisfied the conditions, and by particles a share of 2e-09 does") {
		t.Error(err)
	}
}

// Two samples of one law rarely look like two laws, and differences of one column, of
// missing cells, or of what goes with what are seen in two dozen rows.
func TestSameLaw(t *testing.T) {
	var header strings.Builder
	header.WriteString("a,b,k,l,n")
	for i := range 6 {
		fmt.Fprintf(&header, ",x%d", i)
	}
	rows := func(r *rand.Rand, n int, change func(c []string)) string {
		var b strings.Builder
		for range n {
			u := r.Float64()
			c := []string{fmt.Sprintf("%.3f", u), fmt.Sprintf("%.3f", u+0.05*r.Float64()), []string{"p", "q"}[r.IntN(2)], "s", fmt.Sprintf("%.3f", r.Float64())}
			c[3] = map[string]string{"p": "s", "q": "t"}[c[2]]
			if r.IntN(4) == 0 {
				c[4] = ""
			}
			for range 6 {
				c = append(c, fmt.Sprintf("%.3f", r.Float64()))
			}
			change(c)
			b.WriteString(strings.Join(c, ",") + "\n")
		}
		return b.String()
	}
	none := func([]string) {}
	p := func(seed uint64, change func(c []string)) float64 {
		r := rand.New(rand.NewPCG(seed, 7))
		src := source("t.csv", header.String()+"\n"+rows(r, 24, none)+rows(r, 20, change))
		all := must(datasets.ReadCells(src, must(datasets.Infer(src, nil))))
		return sameLaw(all.Subset(indices(0, 24)), all.Subset(indices(24, 20)), rand.New(rand.NewPCG(seed, 9)))
	}
	const tests = 60
	low := 0
	for seed := range uint64(tests) {
		if p(seed, none) <= 0.1 {
			low++
		}
	}
	if most := 0.1*tests + 3.5*math.Sqrt(0.09*tests); float64(low) > most { // binomial
		t.Errorf("of %d tests of one law %d have p below 0.1", tests, low)
	}
	together := func(seed uint64, other bool) float64 { // of two columns that are alike one by one
		r, b := rand.New(rand.NewPCG(seed, 8)), strings.Builder{}
		b.WriteString("k,l\n")
		for i := range 44 {
			k := r.IntN(2)
			fmt.Fprintf(&b, "%c,%c\n", 'p'+k, 's'+(k+map[bool]int{true: 1}[other && i >= 24])%2)
		}
		src := source("t.csv", b.String())
		all := must(datasets.ReadCells(src, must(datasets.Infer(src, nil))))
		return sameLaw(all.Subset(indices(0, 24)), all.Subset(indices(24, 20)), rand.New(rand.NewPCG(seed, 9)))
	}
	for seed := range uint64(10) {
		if p, q := together(seed, false), together(seed, true); p <= significance || q > significance {
			t.Errorf("of levels that go together p = %g, and of others %g", p, q)
		}
	}
	flip := rand.New(rand.NewPCG(5, 5))
	for name, change := range map[string]func(c []string){
		"a level":  func(c []string) { c[2], c[3] = "p", "s" },
		"a number": func(c []string) { c[5] = fmt.Sprint(0.6 + flip.Float64()) },
		"missing":  func(c []string) { c[4] = "" },
	} {
		seen := 0
		for seed := range uint64(10) {
			if p(seed, change) <= significance {
				seen++
			}
		}
		if seen < 8 {
			t.Errorf("%s: seen in %d of 10", name, seen)
		}
	}
}
