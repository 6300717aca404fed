package evaluate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/internal/suggest"
)

func findings(r *Report) []string {
	held := ""
	if n := r.HoldoutInTrain; n > 0 {
		held = fmt.Sprintf("The held-out rows are not held out: %d of the %d are training rows too, far more than chance gives. Scores on held-out rows are too good, and near copies cannot be told. Give real rows that the model has not seen.", n, r.HoldoutRows)
	}
	out := []string{held, copying(r), givenAway(r), telling(r), againstFloors(r), predicting(r), gaps(r), worst(r)}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func exposed(p *Privacy, rows int) (exact, near bool) {
	n, want := float64(rows), float64(p.CopiesExpected)
	se := math.Sqrt(max(want, 1) * (1 - min(1, want/n)))
	exact = float64(p.Copies) > want+5*se && float64(p.Copies)-want > 0.005*n
	near = p.Memorized.given() && float64(p.Memorized) > max(0.02, 3*float64(p.MemorizedError))
	return exact, near
}

func copying(r *Report) string {
	p := r.Synthetic.Privacy
	exact, near := exposed(p, r.SyntheticRows)
	chance := fmt.Sprintf("chance would give about %.0f", float64(p.CopiesExpected))
	switch {
	case exact:
		s := fmt.Sprintf("Copies: %d of the %d synthetic rows (%s) are exact copies of training rows; %s. The table gives training rows away: do not pass it on as synthetic.",
			p.Copies, r.SyntheticRows, percent(float64(p.CopiesShare)), chance)
		if p.Closer > 0.55 {
			s += fmt.Sprintf(" %s of the rows are closer to the training rows than to as many held-out rows; it should be 50 %%.", percent(float64(p.Closer)))
		}
		return s
	case near:
		return fmt.Sprintf("Near copies: about %s of the synthetic rows are as close to training rows as copies would be (%s are closer to the training rows than to as many held-out rows; it should be 50 %%). The table gives training rows away, although only %d are exact copies.",
			percent(float64(p.Memorized)), percent(float64(p.Closer)), p.Copies)
	case !p.Closer.given():
		return fmt.Sprintf("Copies: %d synthetic rows equal a real row, no more than chance gives (about %.0f). Near copies cannot be told without held-out rows.", p.Copies, float64(p.CopiesExpected))
	}
	return fmt.Sprintf("No sign of copying: %s of the synthetic rows are closer to the training rows than to as many held-out rows (ideal: 50 %%), and %d equal a training row; %s.",
		percent(float64(p.Closer)), p.Copies, chance)
}

func telling(r *Report) string {
	s := toldApart(r)
	if n := min(r.SyntheticRows, r.RealRows); n < fewRows && r.Synthetic.Detection.given() {
		s += fmt.Sprintf(" With %d rows of each kind that says little.", n)
	}
	return s
}

// fewRows is the number below which a classifier has little to learn from.
const fewRows = 200

func toldApart(r *Report) string {
	s, real := &r.Synthetic, &r.Floors.Real
	switch d := float64(s.Detection); {
	case !s.Detection.given():
		return "There are too few rows to try to tell them apart."
	case d >= float64(real.Detection)-0.1:
		return fmt.Sprintf("A classifier hardly tells synthetic rows from real ones: detection %s, where 1 is not at all and other real rows have %s.", s.Detection, real.Detection)
	case d < 0.5 && float64(s.Shape) > float64(real.Shape)-0.03:
		return fmt.Sprintf("Column by column the table looks right (shape %s), but a classifier tells its rows from real ones (detection %s, where 1 is not at all): how columns go together is not right.", s.Shape, s.Detection)
	case d < 0.5:
		return fmt.Sprintf("A classifier tells synthetic rows from real ones easily: detection %s, where 1 is not at all and other real rows have %s.", s.Detection, real.Detection)
	default:
		return fmt.Sprintf("A classifier tells some synthetic rows from real ones: detection %s, where 1 is not at all and other real rows have %s.", s.Detection, real.Detection)
	}
}

func againstFloors(r *Report) string {
	if !r.Synthetic.Detection.given() {
		return ""
	}
	name, best := "", Number(math.Inf(-1))
	for _, f := range r.candidates()[1:4] {
		if f.s.Detection > best {
			name, best = f.name, f.s.Detection
		}
	}
	if best > r.Synthetic.Detection {
		return fmt.Sprintf("A simple baseline is harder to detect: %s, with detection %s against %s.", name, best, r.Synthetic.Detection)
	}
	return fmt.Sprintf("No baseline is harder to detect: the best, %s, has %s.", name, best)
}

func predicting(r *Report) string {
	s, real, rows := r.Synthetic.Utility, r.Floors.Real.Utility, "unseen real rows"
	if r.HoldoutRows == 0 {
		rows = "real rows that the model may have seen"
	}
	switch {
	case s.F1.given() && real.F1.given():
		return fmt.Sprintf("Predicting %q on %s: macro F1 %s when trained on synthetic rows, %s when trained on real ones%s.", s.Target, rows, s.F1, real.F1, verdict(float64(real.F1-s.F1)))
	case s.R2.given() && real.R2.given():
		return fmt.Sprintf("Predicting %q on %s: R² %s when trained on synthetic rows, %s when trained on real ones%s.", s.Target, rows, s.R2, real.R2, verdict(float64(real.R2-s.R2)))
	}
	return ""
}

func verdict(loss float64) string {
	switch {
	case loss <= 0.02:
		return ": nothing to speak of is lost"
	case loss <= 0.05:
		return ": a little is lost"
	}
	return ": much is lost"
}

func gaps(r *Report) string {
	var list []string
	for _, c := range r.Columns {
		if math.Abs(c.MissingReal-c.MissingSynthetic) > 0.02 {
			list = append(list, fmt.Sprintf("%q (%s real, %s synthetic)", c.Name, percent(c.MissingReal), percent(c.MissingSynthetic)))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "Missing cells are not as frequent as in the real rows in " + suggest.Join(list, 5) + "."
}

func worst(r *Report) string {
	var cols, pairs []string
	for _, c := range r.Columns[:min(3, len(r.Columns))] {
		cols = append(cols, fmt.Sprintf("%q (%s)", c.Name, c.Score))
	}
	for _, p := range r.Pairs[:min(3, len(r.Pairs))] {
		pairs = append(pairs, fmt.Sprintf("%q with %q (%s)", p.A, p.B, p.Score))
	}
	s := "Worst columns: " + strings.Join(cols, ", ") + "."
	if len(pairs) > 0 {
		s += " Worst pairs: " + strings.Join(pairs, ", ") + "."
	}
	return s
}

func percent(x float64) string { return fmt.Sprintf("%.3g %%", 100*x) }

type candidate struct {
	name string
	s    *Scores
}

// candidates returns the synthetic table, then the floors.
func (r *Report) candidates() []candidate {
	f := &r.Floors
	return []candidate{{"synthetic", &r.Synthetic}, {"independent columns", &f.Independent}, {"Gaussian copula", &f.Copula}, {"small mixture", &f.Mixture}, {"real rows", &f.Real}}
}
