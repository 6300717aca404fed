package coloring

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"tweedie/datasets/toy"
	"tweedie/nn"
)

// Draws that are redder than the truth by known amounts have known distances. Red by e
// in units of [0, 1] is a distance of e √(2/9) in colors and of e/3 in grays.
func TestScoreOfKnownDistances(t *testing.T) {
	g := testGallery(t, false)
	n, _ := g.truth.Dims()
	for i := range n {
		for j := range g.draws { // 1, 2, 4 times the unit of the picture
			row := g.drawn.RawRowView(i*g.draws + j)
			for p := 0; p < len(row); p += 3 {
				row[p] += 0.01 * float64(1+i) * float64(int(1)<<j) / pictureScale
			}
		}
	}
	unit := 0.01 * math.Sqrt(2./9)
	mean := float64(1+n) / 2
	se := math.Sqrt(float64(n*n-1)/12) / math.Sqrt(float64(n)) // of 1, 2, …, n
	s := g.Compare(1)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"truth", s.Truth, unit * mean * 7 / 3}, {"its error", s.TruthSE, unit * se * 7 / 3},
		{"apart", s.Apart, unit * mean * 2}, {"its error", s.ApartSE, unit * se * 2},
		{"gray", s.Gray, 0.01 * float64(n) * 4 / 3},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
	if s.Pictures != n || s.Draws != g.draws || s.Library != libraryPictures {
		t.Errorf("%+v", s)
	}
}

// Similar means similar in grays: a picture with all colors exchanged is nearest to one
// of the same grays, not to one of nearly the same colors.
func TestNearestGray(t *testing.T) {
	want := make([]float64, 192)
	toy.Pictures{}.Sample(mat.NewDense(1, 192, want), 9, 0)
	library := mat.NewDense(3, 192, nil)
	for p := 0; p < len(want); p += 3 {
		for k := range 3 {
			library.Set(0, p+k, want[p+k]+0.05)   // brighter
			library.Set(1, p+k, want[p+(k+1)%3])  // other colors, the same grays
			library.Set(2, p+k, want[p+k]*0.5+.1) // of less contrast
		}
	}
	if at := nearestGray(library, want); at != 1 {
		t.Errorf("picture %d is nearest", at)
	}
}

// Settled draws have their grays, and the colors that they had.
func TestSettleKeepsColors(t *testing.T) {
	g := testGallery(t, true)
	before := mat.DenseCopyOf(g.drawn)
	if err := g.settle(); err != nil {
		t.Fatal(err)
	}
	n, _ := before.Dims()
	for i := range n {
		if d := colorDistance(before.RawRowView(i), g.drawn.RawRowView(i)); d > 1e-12 {
			t.Fatalf("draw %d moves by %g in colors", i, d)
		}
	}
}

// A line of the grid is the gray of the truth, draws and the truth, in units of [0, 1].
func TestGrid(t *testing.T) {
	g := testGallery(t, true)
	im := g.Grid(2)
	if len(im.Cells) != 2 || len(im.Cells[1]) != 2+g.draws+2 {
		t.Fatalf("%d lines", len(im.Cells))
	}
	line, raw := im.Cells[1], mat.NewDense(12, 192, nil)
	toy.Pictures{}.Sample(raw, 3, 0)
	truth, gray, draw := line[len(line)-1], line[0], line[2]
	for p := range 64 {
		sum := 0.0
		for k := range 3 {
			sum += truth[3*p+k] / 3
			if math.Abs(truth[3*p+k]-raw.At(1, 3*p+k)) > 1e-12 || math.Abs(draw[3*p+k]-toUnit(g.drawn.At(g.draws, 3*p+k))) > 1e-12 {
				t.Fatalf("pixel %d of the truth or a draw is wrong", p)
			}
		}
		if math.Abs(gray[p]-sum) > 1e-12 {
			t.Fatalf("gray of pixel %d is %g, want %g", p, gray[p], sum)
		}
	}
	if line[1] != nil || line[len(line)-2] != nil {
		t.Error("no gaps")
	}
}

// The moments are those of the pictures that are read, in units of the model.
func TestMoments(t *testing.T) {
	data := paintedRows{seed: 2, first: 40, n: 100}
	x := mat.NewDense(50, 192, nil)
	toy.Pictures{}.Sample(x, 2, 40)
	toModel(x)
	mean, variance := data.moments(50)
	for j := range mean {
		m, v := stat.PopMeanVariance(mat.Col(nil, j, x), nil)
		if math.Abs(m-mean[j]) > 1e-9 || math.Abs(v-variance[j]) > 1e-9 {
			t.Fatalf("column %d: mean %g, variance %g, want %g, %g", j, mean[j], variance[j], m, v)
		}
	}
}

// Colors can be drawn with any network of pictures, by both methods, and have the grays
// of the truth, which is no picture of the training.
func TestDraw(t *testing.T) {
	mean, variance := paintedRows{n: 200}.moments(200)
	m, err := nn.New(nn.Config{Hidden: 8, Layers: 1, Mean: mean, Variance: variance})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range Methods() {
		o := &Options{Method: method, Steps: 1, Pictures: 3, Draws: 2, NFE: 20, Seed: 4, Workers: 1}
		g, err := Draw(context.Background(), m, o)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := g.drawn.Dims(); n != 6 || g.grayError() > 1e-6 {
			t.Errorf("%s: %d draws, grays are met to %g", method, n, g.grayError())
		}
		want := mat.NewDense(3, 192, nil)
		toy.Pictures{}.Sample(want, ^uint64(4), 0)
		toModel(want)
		if !mat.Equal(g.truth, want) {
			t.Errorf("%s: other pictures than those of the seed", method)
		}
		if d := colorDistance(g.drawn.RawRowView(0), g.drawn.RawRowView(1)); d < 0.01 {
			t.Errorf("%s: two draws of a picture are %g apart", method, d)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	good := Options{Method: "mmps", Steps: 1, Pictures: 2, Draws: 2, NFE: 10}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(o *Options){
		"method": func(o *Options) { o.Method = "dps" }, "steps": func(o *Options) { o.Steps = 0 },
		"pictures": func(o *Options) { o.Pictures = 1 }, "too many pictures": func(o *Options) { o.Pictures = 1001 },
		"draws": func(o *Options) { o.Draws = 1 }, "too many draws": func(o *Options) { o.Draws = 101 }, "evaluations": func(o *Options) { o.NFE = 9 },
	} {
		o := good
		if change(&o); o.Validate() == nil {
			t.Errorf("%s: %+v passes", name, o)
		}
	}
	for _, c := range []nn.Config{
		{Hidden: 4, Layers: 1, Mean: make([]float64, 2), Variance: ones(2)},
		{Hidden: 4, Layers: 1, Mean: make([]float64, 192), Variance: ones(192), Conditions: []nn.Condition{{Name: "k", Levels: 3}}},
	} {
		m, err := nn.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if Fits(m) == nil {
			t.Errorf("%d columns and %d labels fit", m.Dim(), m.Labels())
		}
	}
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for j := range v {
		v[j] = 1
	}
	return v
}
