package tabular

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/sample"
)

// numbersText is a table of independent columns of numbers.
func numbersText(rows, columns int) string {
	var b strings.Builder
	for i := range rows + 1 {
		for j := range columns {
			cell := fmt.Sprintf("x%d", j)
			if i > 0 {
				cell = fmt.Sprintf("%.4f", math.Sin(float64(i*(j+3)))+float64(j)*math.Cos(float64(i)))
			}
			b.WriteString(cell + map[bool]string{true: ",", false: "\n"}[j < columns-1])
		}
	}
	return b.String()
}

// The trace is chosen by the operations that the exact one takes, and on few columns never.
func TestTraceIsChosenByCount(t *testing.T) {
	wide := fit(numbersText(60, 20), Options{Steps: 3, Hidden: 8, Layers: 1})
	one := wide.ExactOperations(1)
	if want := 120 * 21 * 2 * float64(wide.net.Params.Count()); one != want {
		t.Errorf("%v operations a row, want %v", one, want)
	}
	rows := int(3e12 / one)
	if wide.TraceOf(rows) != sample.ExactTrace || wide.TraceOf(rows+1) != sample.RademacherProbe {
		t.Errorf("of %d rows %v, of one more %v", rows, wide.TraceOf(rows), wide.TraceOf(rows+1))
	}
	few := fit(numbersText(60, 16), Options{Steps: 3, Hidden: 8, Layers: 1})
	if few.TraceOf(1<<40) != sample.ExactTrace {
		t.Error("16 columns are probed")
	}
}

// Estimates are off the exact densities by as much as their standard errors say, where the
// solver's own error is small beside them: at the default tolerance.
func TestProbesAreWithinTheirErrors(t *testing.T) {
	const rows = 40
	m := fit(numbersText(rows, 20), Options{Steps: 30, Hidden: 8, Layers: 1})
	c := cellsOf(m, numbersText(rows, 20))
	exact := must(m.Densities(context.Background(), c, nil))
	d := must(m.Densities(context.Background(), c, &DensityOptions{Trace: sample.RademacherProbe, Probes: 16, Seed: 5}))
	var z2 float64
	for i, v := range d.LogProb {
		if exact.StdErr[i] != 0 || !(d.StdErr[i] > 0) {
			t.Fatalf("row %d: errors %v and %v", i, exact.StdErr[i], d.StdErr[i])
		}
		z := (v - exact.LogProb[i]) / d.StdErr[i]
		z2 += z * z / rows
	}
	if z2 < 0.5 || z2 > 2 { // 15/13 is the expectation of Student's law
		t.Errorf("mean square of errors in standard errors: %v", z2)
	}
}
