package imputation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
)

// fixed returns tables as they are.
func fixed(tables ...*datasets.Cells) Imputer {
	return Func("fixed", func(context.Context, *datasets.Cells, int) ([]*datasets.Cells, error) { return tables, nil })
}

// By hand: column a spans 10, b is a category of three levels. Hidden are
// (0, a) = 0, (0, b) = x, (2, a) = 10. Two draws.
func TestScoreByHand(t *testing.T) {
	text := "a,b\n0.0,x\n2.5,y\n10.0,z\n4.0,y\n"
	c := table(t, text, nil)
	draw := func(a0 float64, b0 int, a2 float64) *datasets.Cells {
		d := clone(c)
		d.SetNumber(0, 0, a0)
		d.SetLevel(0, 1, b0)
		d.SetNumber(2, 0, a2)
		return d
	}
	s := newScorer(c, []Cell{{0, 0}, {0, 1}, {2, 0}}, 2)
	m := s.score("x", []*datasets.Cells{draw(1, 0, 8), draw(2, 1, 9)})
	a, b := m.Columns[0], m.Columns[1]
	for _, v := range []struct {
		what      string
		got, want float64
	}{
		{"average: (.15 + .5 + .15)/3", m.AvgMAE, 0.8 / 3},
		// Row 0: draw 0 errs by .1 + 0, draw 1 by .2 + 1; row 2: .2 or .1.
		{"best draw of each row", m.MinMAE, 0.2 / 3},
		{"median: .15, level x of a tie, .15", m.MedianMAE, 0.3 / 3},
		{"crps: .15 - .1/2 twice", *m.CRPS, 0.1},
		{"coverage", *m.Coverage, 0},
		{"width", *m.Width, 0.1},
		{"log loss: 1 of 2", *m.LogLoss, -math.Log((1 + 1.0/3) / 3)},
		{"accuracy", *m.Accuracy, 1},
		// Draw 0: |1-0| + |8-10| over 4 rows and 10 units; draw 1: 2 + 1.
		{"W1 of a", a.W1, 3.0 / 40},
		{"W1 of b: 0 and 1/4", b.W1, 0.125},
		{"W1", m.W1, 0.1},
		{"average of a", a.AvgMAE, 0.15},
		{"average of b", b.AvgMAE, 0.5},
	} {
		if !near(v.got, v.want) {
			t.Errorf("%s: %g, want %g", v.what, v.got, v.want)
		}
	}
	if a.Masked != 2 || b.Masked != 1 || a.LogLoss != nil || b.CRPS != nil || b.Coverage != nil {
		t.Errorf("columns %+v", m.Columns)
	}
}

// The truth as an imputation scores 0, and the truth where one cell is off does
// not.
func TestTruthScoresZero(t *testing.T) {
	c := numbers(60, 3, 1, 1)
	scores := func(full *datasets.Cells) ImputerScores {
		r, err := Compare(t.Context(), c, MaskingPlan{Seed: 2}, []Imputer{fixed(full, full)}, 2)
		if err != nil {
			t.Fatal(err)
		}
		return r.Methods[0]
	}
	perfect := func(m ImputerScores) bool {
		return m.AvgMAE == 0 && m.MedianMAE == 0 && m.MinMAE == 0 && m.W1 == 0 && *m.CRPS == 0 && *m.Coverage == 1 && *m.Accuracy == 1
	}
	if m := scores(c); !perfect(m) {
		t.Errorf("scores of the truth: %+v", m.Scores)
	}
	_, hidden, err := Mask(c, MaskingPlan{Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	off := clone(c)
	for _, at := range hidden {
		if at.Column == 0 {
			off.SetNumber(at.Row, 0, off.Number(at.Row, 0)+1)
			break
		}
	}
	if m := scores(off); perfect(m) || m.MinMAE == 0 || m.W1 == 0 {
		t.Errorf("scores with a cell off: %+v", m.Scores)
	}
}

func TestImputersAreChecked(t *testing.T) {
	c := numbers(30, 3, 0, 1)
	h := MaskingPlan{Seed: 1}
	masked, hidden, err := Mask(c, h)
	if err != nil {
		t.Fatal(err)
	}
	changed := clone(c)
	for i := 0; ; i++ {
		if !masked.Missing(i, 0) {
			changed.SetNumber(i, 0, 99)
			break
		}
	}
	failing := Func("failing", func(context.Context, *datasets.Cells, int) ([]*datasets.Cells, error) {
		return nil, errors.New("no luck")
	})
	for _, v := range []struct {
		m    Imputer
		want string
	}{
		{fixed(c), ""},
		{fixed(), "0 tables where 1"},
		{fixed(masked), "missing"},
		{fixed(changed), "which is known"},
		{fixed(c.Subset([]int{0, 1})), "2 rows"},
		{failing, "no luck"},
	} {
		_, err := Compare(t.Context(), c, h, []Imputer{v.m}, 1)
		if v.want == "" && err != nil || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("error %v, want %q", err, v.want)
		}
	}
	if _, err := Compare(t.Context(), c, h, nil, -1); err == nil {
		t.Error("-1 draws")
	}
	if len(hidden) == 0 {
		t.Error("nothing hidden")
	}
}

// A table of categories alone has no score of numbers; its report is JSON that
// comes back, and text without NaN.
func TestReportOfCategories(t *testing.T) {
	c := numbers(80, 0, 3, 4)
	r, err := Compare(t.Context(), c, MaskingPlan{Seed: 3, Keep: []string{"q"}}, Baselines(1), 3)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	m := back.Methods[0]
	if m.CRPS != nil || m.LogLoss == nil || m.Accuracy == nil || back.Numbers != 0 || back.Masked != back.Categories || back.Maskable != 160 {
		t.Errorf("report %s", b)
	}
	if len(back.Kept) != 1 || back.Kept[0] != "q" || back.Masking.Mechanism != MCAR || back.Masking.Share != 0.2 {
		t.Errorf("report %s", b)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 2+1+len(r.Methods) || strings.Contains(text.String(), "NaN") || !strings.Contains(lines[1], "q") || !strings.Contains(lines[2], "50 % interval") {
		t.Errorf("text:\n%s", text.String())
	}
}
