package losses

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/sde"
)

// handDrawn is row i of a batch, drawn as the documents say: the quantile of its time,
// its clean row and its noise are functions of (seed, step, row of the batch).
type handDrawn struct {
	u     float64
	clean int // row of the batch
	z     []float64
}

func drawByHand(b Batch, i, d int, below float64, sigmaAt func(u float64) float64) handDrawn {
	at := func(name string, index uint64) *stream.Source {
		return stream.NewSource(stream.NewKey(b.Seed, name).At(uint64(b.Step)).At(index))
	}
	turn := stream.New(b.Seed, "losses/time", uint64(b.Step)).Float64()
	strata, k := b.Total, i
	if below > 0 {
		strata, k = (b.Total+1)/2, i/2
	}
	h := handDrawn{u: math.Mod(turn+float64(k)/float64(strata), 1), clean: i}
	first, sign := i, 1.0
	if mate := i ^ 1; below > 0 && mate < b.Total && sigmaAt(h.u) < below {
		even := i &^ 1
		h.clean = even + int(at("losses/pair", uint64(even)).Uint64()&1)
		if i != even {
			first, sign = even, -1
		}
	}
	noise := at("losses/noise", uint64(first))
	for range d {
		h.z = append(h.z, sign*noise.NormFloat64())
	}
	return h
}

func TestDrawByHand(t *testing.T) {
	const total, d = 23, 3
	x := normals(total, d, "clean")
	for _, below := range []float64{0, 0.6} {
		o := Denoising{Sched: sde.VP{}, Times: Times{Law: UniformTime{}}, Weight: MinSNR{Gamma: 2}, Control: ControlVariate{below}, TMin: 0.01, TMax: 0.9}
		alone, paired := 0, 0
		for _, cut := range [][2]int{{0, total}, {0, 8}, {8, 12}, {20, 3}} {
			b := Batch{Seed: 3, Step: 5, First: cut[0], Total: total}
			var p Problem
			o.Draw(&p, x.Slice(cut[0], cut[0]+cut[1], 0, d).(*mat.Dense), b)
			for i := range cut[1] {
				timeOf := func(u float64) float64 { return 0.01 + 0.89*u }
				h := drawByHand(b, cut[0]+i, d, below, func(u float64) float64 { return o.Sched.Coeff(timeOf(u)).Sigma })
				tm := timeOf(h.u)
				c := o.Sched.Coeff(tm)
				if math.Abs(p.T[i]-tm) > 1e-12 || math.Abs(p.C[i].Alpha-c.Alpha) > 1e-12 || p.Source(i) != h.clean-cut[0] {
					t.Fatalf("block %v, row %d: time %v from row %d, want %v from row %d", cut, i, p.T[i], p.Source(i), tm, h.clean-cut[0])
				}
				if w := math.Min(c.Alpha*c.Alpha/(c.Sigma*c.Sigma), 2); math.Abs(p.Weight[i]-w) > 1e-9*w {
					t.Errorf("block %v, row %d: weight %v, want %v", cut, i, p.Weight[i], w)
				}
				for j := range d {
					clean := x.At(h.clean, j)
					if p.Target.At(i, j) != clean || math.Abs(p.X.At(i, j)-c.Alpha*clean-c.Sigma*h.z[j]) > 1e-9 {
						t.Errorf("block %v, row %d: x_t is %v of %v", cut, i, p.X.RawRowView(i), p.Target.RawRowView(i))
					}
				}
				if p.Source(i) == i {
					alone++
				} else {
					paired++
				}
			}
		}
		if below > 0 && (alone == 0 || paired < 4) || below == 0 && paired > 0 {
			t.Errorf("below %g: %d rows alone, %d not", below, alone, paired)
		}
	}
}

func TestIndependentTimesByHand(t *testing.T) {
	for _, pairs := range []bool{false, true} {
		u := make([]float64, 4)
		Times{Spread: Independent}.quantiles(u, Batch{Seed: 2, Step: 7, First: 6, Total: 20}, pairs, stream.NewSource(stream.Key{}))
		for i, v := range u {
			k := 6 + i
			if pairs {
				k /= 2
			}
			if want := stream.New(2, "losses/time", 7, uint64(k)).Float64(); v != want {
				t.Errorf("pairs %v, row %d: %v, want %v", pairs, i, v, want)
			}
		}
	}
}

// Each pair has a stratum of its own: the times of pairs cover [0, 1) as those of rows
// do, and a last row without a mate counts as a pair.
func TestPairsAreStratified(t *testing.T) {
	for _, total := range []int{10, 11} {
		strata := (total + 1) / 2
		u := make([]float64, total)
		for step := range 5 {
			Times{}.quantiles(u, Batch{Seed: 3, Step: step, Total: total}, true, stream.NewSource(stream.Key{}))
			var in []int
			for k := 0; k < total; k += 2 {
				in = append(in, int(u[k]*float64(strata)))
				if k+1 < total && u[k] != u[k+1] {
					t.Fatalf("a pair has two times")
				}
			}
			slices.Sort(in)
			for s, v := range in {
				if s != v {
					t.Fatalf("%d rows: strata %v", total, in)
				}
			}
		}
	}
}

func TestFixedKeepsTheRest(t *testing.T) {
	o := Denoising{Sched: sde.VP{}, Times: Times{Law: UniformLogSNR{}, Corrected: true}, Weight: Sigma2{}, Target: X0, Control: ControlVariate{0.3}, TMin: 0.02, TMax: 0.7}
	want := o
	want.Times.Spread, want.Times.Points, want.Control = Fixed, 7, ControlVariate{}
	if got := o.Fixed(7); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	var p Problem
	o.Fixed(7).Draw(&p, normals(6, 2, "x"), Batch{Total: 6})
	if p.paired() || p.T[0] == p.T[1] {
		t.Error("fixed times are drawn in pairs")
	}
}

func TestDropoutByHand(t *testing.T) {
	const total, k = 40, 3
	o := ConditionDropout{Joint: 0.3, Each: []float64{0, 0.5, 0.9}}
	x, c := normals(total, 2, "x"), normals(total, k, "c")
	var p Problem
	b := Batch{Seed: 4, Step: 6, First: 8, Total: 60}
	Denoising{Sched: sde.VP{}, Control: ControlVariate{0.9}}.Draw(&p, x, b)
	got := mat.NewDense(total, k, nil)
	o.Apply(got, c, &p, b)
	shared := 0
	for i := range total {
		s := p.Source(i)
		if s != i {
			shared++
		}
		r := stream.New(4, "losses/dropout", 6, uint64(8+s))
		all := r.Float64() < 0.3
		for j, q := range o.Each {
			want := c.At(s, j)
			if all || r.Float64() < q {
				want = math.NaN()
			}
			if math.Float64bits(got.At(i, j)) != math.Float64bits(want) && !(math.IsNaN(want) && math.IsNaN(got.At(i, j))) {
				t.Errorf("row %d of %d, condition %d: %v, want %v", i, s, j, got.At(i, j), want)
			}
		}
	}
	if shared == 0 {
		t.Error("no row shares a clean row")
	}
}

func TestMaskingByHand(t *testing.T) {
	const n = 60
	o := Masking{Columns: [][]Positions{{{0, 2}, {2, 3}}, {{3, 4}}}, Share: 0.7}
	x, known := normals(n, 5, "x"), mat.NewDense(n, 5, nil)
	var p Problem
	o.Draw(known, x, Batch{Seed: 5, Step: 2, First: 4, Total: 100}, &p)
	for i := range n {
		r := stream.New(5, "losses/mask", 2, uint64(4+i))
		want := slices.Repeat([]float64{math.NaN()}, 5)
		if r.Float64() < 0.7 {
			rate := r.Float64()
			for k, parts := range o.Columns {
				given, first := r.Float64() < rate, r.Float64() < 0.25
				for l, s := range parts {
					if given && !(k == 0 && l > 0 && first) {
						copy(want[s.First:s.End], x.RawRowView(i)[s.First:s.End])
					}
				}
			}
		}
		for j, w := range want {
			if got := known.At(i, j); got != w && !(math.IsNaN(got) && math.IsNaN(w)) {
				t.Errorf("row %d: given %v, want %v", i, known.RawRowView(i), want)
				break
			}
		}
	}
}

func TestFillByHand(t *testing.T) {
	x := normals(9, 4, "x")
	want := mat.DenseCopyOf(x)
	for i := range 9 {
		r := stream.New(6, "losses/absent", 3, uint64(2+i))
		for j := range 4 {
			if (i+j)%3 == 0 {
				x.Set(i, j, math.NaN())
				want.Set(i, j, r.NormFloat64())
			}
		}
	}
	var p Problem
	Fill(x, Batch{Seed: 6, Step: 3, First: 2, Total: 20}, &p)
	if !mat.Equal(x, want) {
		t.Errorf("filled with\n%v, want\n%v", mat.Formatted(x), mat.Formatted(want))
	}
}

func TestMaskingValidate(t *testing.T) {
	whole := [][]Positions{{{0, 2}, {2, 3}}, {{3, 4}}}
	for what, o := range map[string]Masking{
		"a share below 0":       {Share: -0.1},
		"a share above 1":       {Share: 1.1},
		"no share":              {Share: math.NaN()},
		"beyond the row":        {Share: 1, Columns: [][]Positions{{{0, 1}}, {{3, 5}}}},
		"before the row":        {Share: 1, Columns: [][]Positions{{{-1, 1}}}},
		"a part of nothing":     {Share: 1, Columns: [][]Positions{{{2, 2}}}},
		"a second part of none": {Share: 1, Columns: [][]Positions{{{0, 2}, {3, 2}}}},
	} {
		if o.Validate(4) == nil {
			t.Errorf("%s is accepted", what)
		}
	}
	for _, share := range []float64{0, 0.5, 1} {
		if err := (Masking{Share: share, Columns: whole}).Validate(4); err != nil {
			t.Error(err)
		}
	}
}
