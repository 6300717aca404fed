package calibration

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// ranked is a report of replicas lo … hi-1 of 60, with ties, a column of levels and a fit.
func ranked(lo, hi int) *Report {
	const per = 12
	rng := rand.New(rand.NewPCG(1, 2))
	truth, draws := mat.NewDense(60, 2, nil), mat.NewDense(60*per, 2, nil)
	for _, x := range []*mat.Dense{truth, draws} {
		n, _ := x.Dims()
		for i := range n {
			x.SetRow(i, []float64{rng.NormFloat64(), float64(rng.IntN(3))})
		}
	}
	a := truth.Slice(lo, hi, 0, 2).(*mat.Dense)
	b := draws.Slice(lo*per, hi*per, 0, 2).(*mat.Dense)
	vars := []Variable{{Name: "x"}, {Name: "k", Levels: true}}
	r := &Report{Levels: IntervalLevels(), Replicas: hi - lo, Draws: per, Truth: "draws", Satisfied: &Satisfied{Guided: float64(hi-1) / float64((hi-lo)*per), Model: 0.3}}
	first := func(x *mat.Dense) *mat.Dense { n, _ := x.Dims(); return x.Slice(0, n, 0, 1).(*mat.Dense) }
	if hi-lo == 60 {
		r.Columns, r.Fit = Ranks(vars, a, b, per), []Column{RankFit(FitName, first(a), first(b), per)}
		r.Judge()
		return r
	}
	r.Part = &PartOf{lo, 60}
	r.Satisfied.Guided = 0
	if lo == 0 {
		r.Satisfied.Guided = 59. / float64((hi-lo)*per)
	}
	r.Columns, r.Fit = PartRanks(vars, a, b, per, lo), []Column{PartRankFit(FitName, first(a), first(b), per, lo)}
	return r
}

// empty is the report of a part without replicas, which stands before replica first.
func empty(first int) *Report { return &Report{Draws: 12, Part: &PartOf{first, 60}} }

// Parts that went through JSON, some without replicas, in any order, are the whole bit for bit.
func TestJoin(t *testing.T) {
	whole := ranked(0, 60)
	var parts []*Report
	for _, p := range []*Report{ranked(50, 60), empty(20), ranked(0, 7), ranked(20, 50), empty(0), empty(60), ranked(7, 20), empty(0)} {
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		r := new(Report)
		if err := json.Unmarshal(b, r); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, r)
	}
	all, err := Join(parts)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(all, whole) {
		t.Errorf("joined %+v, want %+v", all, whole)
	}
	if again, err := Join(parts); err != nil || !reflect.DeepEqual(again, whole) {
		t.Errorf("joined again %v: the parts were changed", err)
	}
	// Ties are broken by the replica, so that ranks of a part as if it were a whole differ.
	wrong := ranked(7, 20)
	wrong.Columns = PartRanks([]Variable{{Name: "x"}, {Name: "k", Levels: true}}, mat.NewDense(13, 2, nil), mat.NewDense(13*12, 2, nil), 12, 0)
	if all, err := Join([]*Report{ranked(0, 7), ranked(20, 50), ranked(50, 60), wrong}); err != nil || reflect.DeepEqual(all, whole) {
		t.Errorf("another part makes the same whole (%v)", err)
	}
}

func TestJoinRefuses(t *testing.T) {
	a, b, c := ranked(0, 7), ranked(7, 20), ranked(20, 60)
	other := ranked(7, 20)
	other.Columns[0].Name = "y"
	fewer := ranked(7, 20)
	fewer.Fit = nil
	draws := ranked(7, 20)
	draws.Draws = 9
	for name, parts := range map[string][]*Report{
		"none": nil, "empty": {empty(0)}, "empty at a wrong place": {a, empty(8), b, c}, "whole": {ranked(0, 60)}, "missing first": {b, c}, "missing": {a, c}, "missing last": {a, b},
		"double": {a, b, b, c}, "other column": {a, other, c}, "fewer columns": {a, fewer, c}, "other draws": {a, draws, c},
	} {
		if _, err := Join(parts); err == nil {
			t.Errorf("%s: joined", name)
		}
	}
}
