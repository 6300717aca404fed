package imputation

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Report compares imputers on the same masked cells.
type Report struct {
	Masking    MaskingPlan     `json:"holes"`      // how cells were masked, defaults in place
	Rows       int             `json:"rows"`       // of the table
	Maskable   int             `json:"open"`       // known cells of columns that are not kept
	Masked     int             `json:"hidden"`     // cells
	Numbers    int             `json:"numbers"`    // masked cells that are numbers or dates
	Categories int             `json:"categories"` // masked cells that are categories
	Kept       []string        `json:"whole"`      // columns without masked cells
	Draws      int             `json:"draws"`      // per cell
	Level      float64         `json:"level"`      // nominal coverage of the intervals: 0.9, or less below 19 draws
	Methods    []ImputerScores `json:"methods"`
}

// ImputerScores holds the scores of one imputer.
type ImputerScores struct {
	Name string `json:"name"`
	Scores
	// MinMAE is as AvgMAE, with the best draw of each row in place of the mean.
	MinMAE  float64        `json:"min_mae"`
	Columns []ColumnScores `json:"columns"` // with masked cells
}

// ColumnScores are those of the masked cells of one column.
type ColumnScores struct {
	Column string `json:"column"`
	Masked int    `json:"hidden"` // cells
	Scores
}

// Scores are means over masked cells, in units in which a number's column
// spans 1 over the whole table and a wrong level counts 1. Smaller is better,
// but for Coverage, which should be Report.Level, and Accuracy. Those of
// numbers or of categories alone are nil when there is no such cell.
type Scores struct {
	// AvgMAE is the mean over draws of |draw - truth|. It favors draws that do
	// not vary.
	AvgMAE float64 `json:"avg_mae"`
	// MedianMAE is |median of the draws - truth|, of categories the most
	// frequent level: what to compare point imputation with.
	MedianMAE float64 `json:"median_mae"`
	// W1 is the Wasserstein distance of order 1 between the completed column and
	// the true one, where the truth is known, averaged over draws and then over
	// columns: what bias and lost variance do to the table.
	W1 float64 `json:"w1"`
	// CRPS is the fair continuous ranked probability score of numbers: AvgMAE
	// with the spread of the draws to its credit.
	CRPS *float64 `json:"crps,omitempty"`
	// Coverage is the share of numbers in the central interval of the draws,
	// ends included.
	Coverage *float64 `json:"coverage,omitempty"`
	// Width is the mean width of these intervals.
	Width *float64 `json:"width,omitempty"`
	// LogLoss of categories in nats, by the shares of the draws after one
	// draw divided evenly among the levels.
	LogLoss *float64 `json:"log_loss,omitempty"`
	// Accuracy of the most frequent level of the draws.
	Accuracy *float64 `json:"accuracy,omitempty"`
}

// WriteText writes a table of plain text with a line of explanation before it.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d known cells hidden (%s, share %g, seed %d): %d numbers, %d categories; %d draws\n",
		r.Masked, r.Maskable, r.Masking.Mechanism, r.Masking.Share, r.Masking.Seed, r.Numbers, r.Categories, r.Draws)
	if len(r.Kept) > 0 {
		fmt.Fprintf(&b, "nothing hidden in: %s\n", strings.Join(r.Kept, ", "))
	}
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	level := strconv.FormatFloat(100*r.Level, 'f', -1, 64)
	if len(level) > 4 {
		level = level[:4]
	}
	fmt.Fprintf(t, "method\tMAE of median\tavg MAE\tmin MAE\tCRPS\t%s %% interval\twidth\tlog loss\taccuracy\tW1\t\n", level)
	for i := range r.Methods {
		m := &r.Methods[i]
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%.4f\t%s\t%s\t%s\t%s\t%s\t%.4f\t\n", m.Name, m.MedianMAE, m.AvgMAE, m.MinMAE,
			number(m.CRPS), number(m.Coverage), number(m.Width), number(m.LogLoss), number(m.Accuracy), m.W1)
	}
	t.Flush()
	_, err := io.WriteString(w, b.String())
	return err
}

func number(v *float64) string {
	if v == nil {
		return "–"
	}
	return strconv.FormatFloat(*v, 'f', 4, 64)
}
