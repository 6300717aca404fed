package sbi

import (
	"context"
	"errors"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets/shard"
)

// sampler has draws, and parts of them.
type sampler interface {
	Sample(ctx context.Context, n int, o *DrawOptions) (*Draws, error)
	SampleRows(ctx context.Context, n, first, rows int, o *DrawOptions) (*Draws, error)
}

// Seven parts of draws are all draws, bit for bit: cut within observations and between them.
func TestSampleRows(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of training")
	}
	ctx, m := context.Background(), linearModel(t)
	one, three := posterior(t, m, 0.5, -1), posterior(t, m, 0.3, -1, 1, 1, -1, 2)
	guided := func(p *Posterior, g Guidance) *Guided {
		q, err := p.Guided(ctx, g, &DrawOptions{NFE: 8})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	reward := guideFile(t, "guide:\n  - reward: {formula: "+m.ThetaNames()[0]+", strength: 2, target: 1}\n")
	for name, c := range map[string]struct {
		p sampler
		k int
	}{
		"one": {one, 1}, "three": {three, 3},
		"composed": {guided(three, Guidance{Compose: "auto-gauss"}), 1},
		"tempered": {guided(three, Guidance{Power: 0.5}), 3},
		"rewarded": {guided(three, Guidance{Guide: reward}), 3}, "one rewarded": {guided(one, Guidance{Guide: reward}), 1},
	} {
		for _, n := range []int{2, 17} {
			o := DrawOptions{Seed: 3, NFE: 8, Workers: 1}
			all, err := c.p.Sample(ctx, n, &o)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var rows []float64
			var of []int
			for i := range 7 {
				first, count := shard.Part{Index: i + 1, Of: 7}.Range(c.k*n, 1)
				done := 0
				o := DrawOptions{Seed: 3, NFE: 8, Workers: 1 + i%3, Progress: func(d int) error { done = d; return nil }}
				part, err := c.p.SampleRows(ctx, n, first, count, &o)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if done != count {
					t.Errorf("%s: progress of %d rows of %d", name, done, count)
				}
				rows, of = append(rows, part.Theta.RawMatrix().Data...), append(of, part.Of...)
			}
			if !slices.Equal(rows, all.Theta.RawMatrix().Data) || !slices.Equal(of, all.Of) {
				t.Errorf("%s: %d draws in seven parts are others", name, n)
			}
		}
	}
}

func TestSampleRowsRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of training")
	}
	ctx, m := context.Background(), linearModel(t)
	p := posterior(t, m, 0.3, -1)
	for _, c := range [][3]int{{0, 0, 1}, {10, -1, 2}, {10, 5, 6}, {10, 11, 0}, {10, 0, -1}} {
		if d, err := p.SampleRows(ctx, c[0], c[1], c[2], nil); err == nil {
			t.Errorf("%v: %d rows", c, len(d.Of))
		}
	}
	d, err := p.SampleRows(ctx, 10, 10, 0, nil)
	if err != nil || !d.Theta.IsEmpty() || m.Table(d, &Observations{X: mat.NewDense(2, 2, nil)}).Rows() != 0 {
		t.Errorf("no rows: %v", err)
	}
	bound := guideFile(t, "guide:\n  - within: {column: "+m.ThetaNames()[0]+", min: -3}\n")
	reward := guideFile(t, "guide:\n  - reward: {formula: "+m.ThetaNames()[0]+"}\n")
	for _, g := range []Guidance{{Guide: bound}, {Guide: reward, Particles: 8}} {
		q, err := p.Guided(ctx, g, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.SampleRows(ctx, 20, 0, 10, &DrawOptions{NFE: 8}); !errors.Is(err, ErrNoParts) {
			t.Errorf("error %v", err)
		}
		if all, err := q.SampleRows(ctx, 20, 0, 20, &DrawOptions{NFE: 8}); err != nil || len(all.Of) != 20 {
			t.Errorf("all rows: %v", err)
		}
	}
}
