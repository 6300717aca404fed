package inference

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/metrics"
	"tweedie/datasets/shard"
)

// rounded has draws on a grid, so that there are ties.
type rounded struct{ *oracle }

func round(x *mat.Dense) {
	x.Apply(func(_, _ int, v float64) float64 { return math.Round(2*v) / 2 }, x)
}

func (p rounded) Sample(ctx context.Context, x *mat.Dense, first, n int, seed uint64) (*mat.Dense, error) {
	d, err := p.oracle.Sample(ctx, x, first, n, seed)
	if err == nil {
		round(d)
	}
	return d, err
}

// part is the calibration of a part of 40 simulations, and of all of them for the zero part.
func part(t *testing.T, p rounded, of shard.Part, densities int) *Report {
	t.Helper()
	s := p.simulations(t, 40, 5)
	round(s.Theta)
	r, err := Calibrate(context.Background(), p, s, &Options{Draws: 19, Densities: densities, Seed: 2, Part: of})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// throughFile is a report as its file has it.
func throughFile(t *testing.T, r *Report) *Report {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	read := new(Report)
	if err := json.Unmarshal(b, read); err != nil {
		t.Fatal(err)
	}
	return read
}

// Seven parts that went through JSON, in any order, are the whole bit for bit. Some begin with
// an odd simulation, which has the other metric of TARP.
func TestJoin(t *testing.T) {
	for _, task := range []string{"gaussian_linear", "line"} {
		p := rounded{newOracle(t, task, right)}
		var parts []*Report
		for _, i := range []int{3, 7, 1, 5, 2, 6, 4} {
			parts = append(parts, throughFile(t, part(t, p, shard.Part{Index: i, Of: 7}, 9)))
		}
		whole := part(t, p, shard.Part{}, 9)
		for range 2 { // and the parts are left as they are
			all, err := Join(parts)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(all, whole) {
				t.Fatalf("%s: joined %+v, want %+v", task, all, whole)
			}
		}
	}
}

func TestJoinRefuses(t *testing.T) {
	p := rounded{newOracle(t, "gaussian_linear", right)}
	half := func(i, densities int) *Report { return part(t, p, shard.Part{Index: i, Of: 2}, densities) }
	a, b := half(1, 9), half(2, 9)
	draws := *b
	draws.Draws = 9
	other := half(2, 9)
	other.Parameters[0].Name = "other"
	for name, parts := range map[string][]*Report{
		"none": nil, "whole": {part(t, p, shard.Part{}, 9)}, "missing first": {b}, "missing last": {a}, "double": {a, b, b},
		"other parameter": {a, other}, "other draws": {a, &draws}, "without densities": {a, half(2, -1)}, "other densities": {a, half(2, 11)},
		"of others": {a, part(t, p, shard.Part{Index: 3, Of: 3}, 9)},
	} {
		if _, err := Join(parts); err == nil {
			t.Errorf("%s: joined", name)
		}
	}
}

// There may be more parts than simulations, and than classifiers: some have none of either, some
// of one alone. Joined in any order they are the whole.
func TestJoinEmptyParts(t *testing.T) {
	p := rounded{newOracle(t, "line", right)}
	for _, c := range []struct{ of, nulls int }{{97, 49}, {50, 4}, {41, 99}} {
		statistics := make([]float64, c.nulls+1) // the data's own is the fourth in size
		for k := range statistics {
			statistics[k] = float64((k + 3) % len(statistics))
		}
		var parts []*Report
		for i := range c.of {
			of := shard.Part{Index: 1 + (7*i+3)%c.of, Of: c.of}
			r := part(t, p, of, 9)
			if r.Part == nil || r.Simulations == 0 && len(r.Parameters)+len(r.Regions) > 0 {
				t.Fatalf("part %s is %+v", of, r)
			}
			first, n := of.Range(len(statistics), 1)
			r.Local = &Local{Pairs: 60, First: first, Observations: []Observation{{Nulls: c.nulls, Statistics: statistics[first : first+n]}}}
			if of.Index == 1 {
				r.Local.Novelty = &Novelty{}
			}
			parts = append(parts, throughFile(t, r))
		}
		all, err := Join(parts)
		if err != nil {
			t.Fatal(err)
		}
		whole := part(t, p, shard.Part{}, 9)
		statistic, pvalue := metrics.LC2STOf(statistics)
		whole.Local = &Local{Pairs: 60, Novelty: &Novelty{}, Observations: []Observation{{Nulls: c.nulls, Statistic: statistic, P: pvalue}}}
		if !reflect.DeepEqual(all, whole) {
			t.Errorf("%d parts: joined %+v, want %+v", c.of, all.Local, whole.Local)
		}
		for _, r := range parts { // nor may one say that it is at another place
			if r.Local.First > 0 && r.Local.classifiers() > 0 {
				r.Local.First--
				if _, err := Join(parts); err == nil {
					t.Errorf("%d parts: joined with part %+v before its place", c.of, r.Part)
				}
				r.Local.First++
			}
		}
		for k, r := range parts { // none with numbers may be left away
			if r.Simulations == 0 && r.Local.classifiers() == 0 && r.Local.Novelty == nil {
				continue
			}
			if _, err := Join(slices.Concat(parts[:k], parts[k+1:])); err == nil {
				t.Errorf("%d parts: joined without part %+v", c.of, r.Part)
			}
		}
	}
}

// local is a part of what is known at two observations, as a report of simulations has it.
func local(t *testing.T, p *oracle, r *Report, of shard.Part, nulls int) *Report {
	t.Helper()
	s, x := p.simulations(t, 60, 1), p.simulations(t, 2, 2).X
	l, err := AtObservations(context.Background(), p, s, x, &ObservationOptions{Nulls: nulls, Draws: 30, Part: of})
	if err != nil {
		t.Fatal(err)
	}
	with := *r
	with.Local = l
	if of.Index <= 1 {
		c, err := PredictiveCheck(s.XNames, s.X, x.RawRowView(0))
		if err != nil {
			t.Fatal(err)
		}
		l.Predictive = append(l.Predictive, c)
	}
	return &with
}

// What is known at observations is joined too; parts may have no classifier.
func TestJoinAtObservations(t *testing.T) {
	p := rounded{newOracle(t, "line", right)}
	for _, nulls := range []int{4, -1} {
		var parts []*Report
		for _, i := range []int{3, 7, 1, 5, 2, 6, 4} {
			of := shard.Part{Index: i, Of: 7}
			parts = append(parts, throughFile(t, local(t, p.oracle, part(t, p, of, -1), of, nulls)))
		}
		whole := local(t, p.oracle, part(t, p, shard.Part{}, -1), shard.Part{}, nulls)
		for range 2 {
			all, err := Join(parts)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(all, whole) {
				t.Fatalf("joined %+v, want %+v", all.Local, whole.Local)
			}
		}
		without, fewer := *parts[3], *parts[3]
		without.Local = nil
		l := *fewer.Local
		l.Observations = l.Observations[:1]
		fewer.Local = &l
		for name, r := range map[string]*Report{"without": &without, "fewer observations": &fewer} {
			if _, err := Join(append(append([]*Report{r}, parts[:3]...), parts[4:]...)); err == nil {
				t.Errorf("%s: joined", name)
			}
		}
		for _, r := range parts { // what the first part has, or a classifier, is lost
			kept := r.Local
			l := *kept
			l.Observations = slices.Clone(kept.Observations)
			if s := l.Observations[1].Statistics; l.Novelty != nil {
				l.Novelty = nil
			} else if len(s) > 0 {
				l.Observations[1].Statistics = s[1:]
			} else {
				continue
			}
			r.Local = &l
			if _, err := Join(parts); err == nil {
				t.Errorf("joined with %+v", l)
			}
			r.Local = kept
		}
	}
}
