package sbi

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Summaries of a set of points, whose order means nothing: of each column the mean and the
// logarithm of the standard deviation over the points, and of each pair of columns the
// z-transform of the correlation (Fisher 1915). They are sufficient for points of a normal
// law; for others the networks see the points as well.

// summaryWidth is the number of summaries.
func (b Blocks) summaryWidth() int { return 2*b.Width + b.Width*(b.Width-1)/2 }

// summaries are those of the rows of x.
func (b Blocks) summaries(x *mat.Dense) *mat.Dense {
	n, _ := x.Dims()
	m := mat.NewDense(n, b.summaryWidth(), nil)
	mean, sd := make([]float64, b.Width), make([]float64, b.Width)
	for i := range n {
		row, points := m.RawRowView(i)[:0], x.RawRowView(i)
		for j := range b.Width {
			mean[j], sd[j] = 0, 0
			for k := range b.Points {
				mean[j] += points[k*b.Width+j] / float64(b.Points)
			}
			for k := range b.Points {
				e := points[k*b.Width+j] - mean[j]
				sd[j] += e * e / float64(b.Points-1)
			}
			sd[j] = math.Sqrt(sd[j])
			row = append(row, mean[j])
		}
		for j := range b.Width {
			row = append(row, math.Log(max(sd[j], 1e-12*(1+math.Abs(mean[j])))))
		}
		for j := range b.Width {
			for k := range j {
				c := 0.0
				for p := range b.Points {
					c += (points[p*b.Width+j] - mean[j]) * (points[p*b.Width+k] - mean[k]) / float64(b.Points-1)
				}
				r := c / max(sd[j]*sd[k], 1e-300)
				row = append(row, math.Atanh(min(max(r, -largestCorrelation), largestCorrelation)))
			}
		}
	}
	return m
}

// largestCorrelation bounds what is transformed: that of two points is ±1.
const largestCorrelation = 0.9999

// pointColumns finds the scales of the columns of points.
func (f *features) pointColumns(x *mat.Dense) {
	n, _ := x.Dims()
	all := mat.NewDense(n*f.Blocks.Points, f.Blocks.Width, nil)
	for i := range n {
		for k, v := range x.RawRowView(i) {
			all.Set(i*f.Blocks.Points+k/f.Blocks.Width, k%f.Blocks.Width, v)
		}
	}
	for j := range f.Blocks.Width {
		c := column{Index: j, Scale: newScale(all, j), SD: 1}
		t := mat.NewDense(n*f.Blocks.Points, 1, nil)
		for i := range n * f.Blocks.Points {
			t.Set(i, 0, c.Scale.of(all.At(i, j)))
		}
		mean, sd := moments(t, 0)
		if c.Mean = mean; sd > 0 {
			c.SD = sd
		}
		f.Points = append(f.Points, c)
	}
}
