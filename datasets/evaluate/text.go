package evaluate

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

type line struct {
	name, good, means string
	of                func(*Scores) string
}

func lines(r *Report) []line {
	number := func(get func(*Scores) Number) func(*Scores) string {
		return func(s *Scores) string { return get(s).String() }
	}
	list := []line{
		{"shape", "1", "Columns one by one: 1 when every column has the distribution of the real one. Shuffled columns have the best there is, so this measures little.", number(func(s *Scores) Number { return s.Shape })},
		{"pairs, all", "1", "Columns two by two: 1 when every pair goes together as in the real rows.", number(func(s *Scores) Number { return s.Trend })},
		{"pairs, strong", "1", "The same, only over pairs that go together closely in the real rows: correlation beyond 0.5, or Cramér's V beyond 0.3.", number(func(s *Scores) Number { return s.TrendStrong })},
		{"missing gap", "0", "The largest difference of a column's share of missing cells.", number(func(s *Scores) Number { return s.MissingGap })},
		{"detection", "1", "1 when gradient-boosted trees cannot tell synthetic rows from real ones, 0 when they always can. Look at this first.", number(func(s *Scores) Number { return s.Detection })},
		{"logistic detection", "1", "The same with a logistic regression, shown because it is often quoted. It gives shuffled columns full marks: do not rely on it.", number(func(s *Scores) Number { return s.Logistic })},
	}
	if u := r.Floors.Real.Utility; u.Task == "classes" {
		list = append(list,
			line{"prediction, F1", "real rows'", "Predicting the target of unseen real rows after training on the table: macro F1, the mean over the classes.", number(func(s *Scores) Number { return s.Utility.F1 })},
			line{"prediction, AUC", "real rows'", "The same: how well classes are ranked, 0.5 for guessing.", number(func(s *Scores) Number { return s.Utility.AUC })})
	} else if u.Task != "" {
		list = append(list,
			line{"prediction, R²", "real rows'", "Predicting the target of unseen real rows after training on the table: 1 is perfect, 0 no better than the mean.", number(func(s *Scores) Number { return s.Utility.R2 })},
			line{"prediction, RMSE", "real rows'", "The same: the typical error in the unit of the target.", func(s *Scores) string { return s.Utility.RMSE.digits() }})
	}
	list = append(list,
		line{"W1 to train", "real rows'", "How far rows must be moved to become the training rows, each column being 1 wide. A copied table has 0, so it must not be far below that of other real rows.", func(s *Scores) string { return s.WassersteinTrain.Distance.digits() }},
		line{"W1 to holdout", "real rows'", "The same to the held-out rows: no copying helps here.", func(s *Scores) string { return s.WassersteinHoldout.Distance.digits() }},
		line{"coverage of train", "real rows'", "The share of training rows that have a row of the table nearby.", number(func(s *Scores) Number { return s.CoverageTrain.Share })},
		line{"coverage of holdout", "real rows'", "The same of the held-out rows.", number(func(s *Scores) Number { return s.CoverageHoldout.Share })},
		line{"closer to train", "0.5", "The share of rows closer to a training row than to as many held-out rows, ties counting one half. Well above 0.5, training rows are being copied. When there are more training than held-out rows only some of them are looked at, and it rises less: see the next.", ofPrivacy(func(p *Privacy) string { return p.Closer.String() })},
		line{"memorised", "0", "The share of rows that must be training rows, exactly or nearly, to explain what is closer to all training rows than to all held-out rows, ± its standard error.", ofPrivacy(memorized)},
		line{"exact copies", "chance's", "Rows that equal a training row in every column.", ofPrivacy(func(p *Privacy) string { return fmt.Sprint(p.Copies) })},
		line{"copies by chance", "", "How many of as many unseen real rows would.", ofPrivacy(func(p *Privacy) string { return fmt.Sprintf("%.0f", float64(p.CopiesExpected)) })})
	return list
}

func ofPrivacy(get func(*Privacy) string) func(*Scores) string {
	return func(s *Scores) string {
		if s.Privacy == nil {
			return "–"
		}
		return get(s.Privacy)
	}
}

func memorized(p *Privacy) string {
	if !p.Memorized.given() {
		return "–"
	}
	return fmt.Sprintf("%s ± %s", p.Memorized, p.MemorizedError)
}

// Text returns the report as plain text: what it found, then a table of the
// scores beside those of the floors.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s against %s", count(r.SyntheticRows, "synthetic row"), count(r.RealRows, "real row"))
	if r.HoldoutRows > 0 {
		fmt.Fprintf(&b, ", %d held out", r.HoldoutRows)
	}
	fmt.Fprintf(&b, ", %s\n%s\n\n", count(r.ModeledColumns, "column"), r.Target)
	for _, s := range r.Findings {
		fmt.Fprintf(&b, "* %s\n", s)
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "score\tbest")
	for _, c := range r.candidates() {
		fmt.Fprintf(w, "\t%s", c.name)
	}
	fmt.Fprintln(w)
	for _, l := range lines(r) {
		fmt.Fprintf(w, "%s\t%s", l.name, l.good)
		for _, c := range r.candidates() {
			fmt.Fprintf(w, "\t%s", l.of(c.s))
		}
		fmt.Fprintln(w)
	}
	w.Flush() // into memory
	if len(r.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, s := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", s)
	}
	return b.String()
}
