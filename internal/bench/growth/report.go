package growth

import (
	"math"
	"path/filepath"
)

// Exponents are those of a sweep, of the costs of all rows together; nil of fewer than two
// sizes, and of memory where it is not known.
type Exponents struct {
	Sweep        string   `json:"sweep"`
	TrainSeconds *float64 `json:"train_seconds"`
	TrainPeak    *float64 `json:"train_peak"`
	DrawSeconds  *float64 `json:"draw_seconds"`
	DrawPeak     *float64 `json:"draw_peak"`
	TrainCPU     *float64 `json:"train_cpu_seconds"` // of all cores together
	DrawCPU      *float64 `json:"draw_cpu_seconds"`
}

// Report is what growth.json holds.
type Report struct {
	Cells     []*Cell     `json:"cells"`
	Exponents []Exponents `json:"exponents"`
}

// costs are what is measured, by name; figures draw the first four.
var costs = []struct {
	name string
	of   func(*Cell) float64
}{
	{"training, s", func(c *Cell) float64 { return c.Train.Seconds }},
	{"training, peak MB", func(c *Cell) float64 { return float64(c.Train.Peak) / 1e6 }},
	{"drawing, s", func(c *Cell) float64 { return c.Draw.Seconds }},
	{"drawing, peak MB", func(c *Cell) float64 { return float64(c.Draw.Peak) / 1e6 }},
	{"training, core seconds", func(c *Cell) float64 { return c.Train.CPU }},
	{"drawing, core seconds", func(c *Cell) float64 { return c.Draw.CPU }},
}

// Exponent is the slope of the line of least squares through (ln size, ln cost) of the larger
// half of the sizes, which grow: of at least two. NaN if there are fewer, or a cost is not
// positive.
func Exponent(size, cost []float64) float64 {
	first := min(len(size)/2, max(len(size)-2, 0))
	var n, sx, sy, sxx, sxy float64
	for i := first; i < len(size); i++ {
		x, y := math.Log(size[i]), math.Log(cost[i])
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	e := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	if math.IsInf(e, 0) {
		return math.NaN()
	}
	return e
}

// of returns the cells of a sweep, their sizes and a cost of each.
func of(cells []*Cell, sweep string, cost func(*Cell) float64) (these []*Cell, size, y []float64) {
	for _, c := range cells {
		if c.Sweep == sweep {
			these, size, y = append(these, c), append(size, float64(c.at())), append(y, cost(c))
		}
	}
	return these, size, y
}

// Summarize fits the exponents of all sweeps but workers.
func Summarize(cells []*Cell) *Report {
	r := &Report{Cells: cells}
	for _, sweep := range Sweeps()[:3] {
		e := Exponents{Sweep: sweep}
		for i, to := range []**float64{&e.TrainSeconds, &e.TrainPeak, &e.DrawSeconds, &e.DrawPeak, &e.TrainCPU, &e.DrawCPU} {
			_, size, y := of(cells, sweep, costs[i].of)
			if v := Exponent(size, y); !math.IsNaN(v) {
				*to = &v
			}
		}
		r.Exponents = append(r.Exponents, e)
	}
	return r
}

// Write writes growth.json into a folder.
func (r *Report) Write(folder string) error {
	return writeJSON(filepath.Join(folder, "growth.json"), r)
}
