package calibration

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// example is a report with a column of numbers that is too narrow, one of levels, and a
// fit; of one law if law is set.
func example(law bool) *Report {
	truth, rows := mat.NewDense(40, 2, nil), mat.NewDense(400, 2, nil)
	for i := range 40 {
		truth.SetRow(i, []float64{float64(i%13) - 6, float64(i % 3)})
	}
	for i := range 400 {
		rows.SetRow(i, []float64{float64(i%7) / 7, float64(i % 3)})
	}
	vars := []Variable{{Name: "size"}, {Name: "kind", Levels: true}}
	r := &Report{Levels: IntervalLevels(), Truth: "draws of the model", Caveats: []string{"a caveat"}, Remedies: []Remedy{
		{Settings: [][2]string{{"method", "tds"}, {"particles", "500"}}}, {Text: "a longer training"},
	}}
	if law {
		w := make([]float64, 40)
		for i := range w {
			w[i] = 1
		}
		r.Columns, r.Rows, r.References = Compare(vars, truth, w, rows, 0, 0), 400, 40
	} else {
		r.Columns, r.Replicas, r.Draws = Ranks(vars, truth, rows, 10), 40, 10
		r.Fit = []Column{RankFit(FitName, truth.Slice(0, 40, 0, 1).(*mat.Dense), rows.Slice(0, 400, 0, 1).(*mat.Dense), 10)}
	}
	r.Judge()
	return r
}

// Sentences, page and JSON say the same of both kinds of reports, with the remedy.
func TestReportOutputs(t *testing.T) {
	for _, law := range []bool{false, true} {
		r := example(law)
		lines := r.Findings("--")
		want := []string{"compared: 40 draws of the model with 10 guided rows each", "size: is too narrow by a factor of ", "kind: no miscalibration seen", "fit to the observation: ", "verdict: not right: size is too narrow by a factor of "}
		if law {
			want = []string{"compared: 400 guided rows with draws of the model (40 effective)", "size: is too narrow by a factor of ", "kind: no miscalibration seen", "verdict: not right: size is too narrow by a factor of "}
		}
		if len(lines) != len(want) {
			t.Fatalf("%d sentences: %q", len(lines), lines)
		}
		for k := range want {
			if !strings.HasPrefix(lines[k], want[k]) {
				t.Errorf("%q, want %q", lines[k], want[k])
			}
		}
		last := lines[len(lines)-1]
		if r.Calibrated || !strings.HasSuffix(last, "; use --method tds --particles 500, or a longer training") || !strings.HasSuffix(r.Verdict(""), "; use method tds particles 500, or a longer training") {
			t.Errorf("calibrated %v: %q", r.Calibrated, last)
		}
		var page, again bytes.Buffer
		if err := r.WriteHTML(&page, Page{Prefix: "--", Command: "tweedie check <x>"}); err != nil {
			t.Fatal(err)
		}
		if err := r.WriteHTML(&again, Page{Prefix: "--", Command: "tweedie check <x>"}); err != nil || !bytes.Equal(page.Bytes(), again.Bytes()) {
			t.Errorf("another page (%v)", err)
		}
		for _, s := range []string{"Is this guide right on this model?", "is too narrow", "--method tds --particles 500", "tweedie check &lt;x&gt;", "a caveat", "90 %", "size", "kind"} {
			if !strings.Contains(page.String(), s) {
				t.Errorf("the page lacks %q", s)
			}
		}
		if n := strings.Count(page.String(), "data:image/png"); n != 2 {
			t.Errorf("%d figures", n)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Report
		if err := json.Unmarshal(b, &back); err != nil || back.Verdict("--") != r.Verdict("--") || strings.Join(back.Findings(""), "") != strings.Join(r.Findings(""), "") {
			t.Errorf("JSON says something else: %v", err)
		}
	}
}

// A report sees a fault that does not exist in one of a hundred, however many columns
// there are; and one that sees none has no remedy.
func TestJudge(t *testing.T) {
	r := &Report{Replicas: 100, Columns: make([]Column, 9), Fit: make([]Column, 1), Remedies: []Remedy{{Text: "x"}}}
	at := func(p, fit float64) bool {
		for k := range r.Columns {
			r.Columns[k] = Column{Name: "c", P: 0.5}
		}
		r.Columns[4].P, r.Fit[0].P = p, fit
		r.Judge()
		return r.Calibrated
	}
	if math.Abs(r.Alpha()-0.001) > 1e-15 || at(0.0009, 1) || at(1, 0.0009) || len(r.Remedies) != 1 || at(math.NaN(), 1) {
		t.Errorf("faults pass: %v, %+v", r.Alpha(), r.Remedies)
	}
	if !at(0.0011, 0.0011) || len(r.Remedies) != 0 || !strings.HasPrefix(r.Verdict("--"), "verdict: no fault was seen; with 100 observations") {
		t.Errorf("no fault: %s", r.Verdict("--"))
	}
	r.Satisfied = &Satisfied{Guided: 0.98, Model: 0.3}
	if at(1, 1) || !strings.Contains(r.Verdict("--"), "rows leave the conditions") {
		t.Errorf("rows outside of conditions: %s", r.Verdict("--"))
	}
	r.Satisfied.Guided = 0.995
	if !at(1, 1) {
		t.Error("a row in two hundred at an end is a fault")
	}
}

func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{0.714: "71 %", 0.983: "98.3 %", 0.0123: "1.2 %", 1: "100 %", 0: "0 %", 1 - 1e-12: "100 %"} {
		if got := percent(p); got != want {
			t.Errorf("%v is %q, want %q", p, got, want)
		}
	}
}

// Of rows that are not independent it is said how many there are, and what they tell.
func TestReportSaysEffectiveRows(t *testing.T) {
	r := &Report{Rows: 865.7, Compared: 1000, References: 40, Truth: "draws of the model", Calibrated: true}
	for text, want := range map[string]string{
		r.compared(): "compared: 1000 guided rows, of which 866 are effective, with draws of the model (40 effective)",
		r.power():    "with 1000 guided rows, of which 866 are effective, and 40 of the truth, ",
	} {
		if !strings.HasPrefix(text, want) {
			t.Errorf("%q, want %q", text, want)
		}
	}
	if r.Rows = 1000; r.compared() != "compared: 1000 guided rows with draws of the model (40 effective)" {
		t.Errorf("independent rows: %q", r.compared())
	}
}

// A figure that leaves columns out names them.
func TestFiguresNameWhatIsLeftOut(t *testing.T) {
	if s := NotDrawn(nil); s != "" {
		t.Errorf("%q", s)
	}
	if s := NotDrawn([]string{"a", "b"}); s != "Not drawn, with greater p-values: a, b." {
		t.Errorf("%q", s)
	}
	if s := NotDrawn(strings.Split(strings.Repeat("c ", 13)+"c", " ")); !strings.HasSuffix(s, " and 2 more.") {
		t.Errorf("%q", s)
	}
}
