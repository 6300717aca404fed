package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// densityFlags say how log densities are found.
type densityFlags struct {
	trace    string
	probes   int
	bound    bool
	binWidth float64
	set      func(flag string) bool
}

// traces are the ways to find the divergence of the flow, by name.
var traces = map[string]sample.Probe{"exact": sample.Exact, "rademacher": sample.Rademacher, "normal": sample.Normal}

func (o *densityFlags) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.trace, "trace", "exact", "exact, or the random probes that estimate it: rademacher or normal")
	f.IntVar(&o.probes, "probes", 0, "random draws per row (default 8, with --bound 128)")
	f.BoolVar(&o.bound, "bound", false, "the lower bound of the reverse SDE instead, which needs no derivatives")
	f.Float64Var(&o.binWidth, "bin-width", 0, "write bits per dimension too, of a table rounded to cells of this width")
	complete(c, "trace", "exact", "rademacher", "normal")
	o.set = f.Changed
}

func (o *densityFlags) check(encoded bool) error {
	if _, ok := traces[o.trace]; !ok {
		return badUsage("--trace %q: use exact, rademacher or normal", o.trace)
	}
	switch {
	case o.bound && o.set("trace"):
		return badUsage("--trace is of no use with --bound, which has no trace: leave one away")
	case o.bound && o.set("tolerance"):
		return badUsage("--tolerance is of no use with --bound, which solves nothing: leave one away")
	case o.set("probes") && !o.random():
		return badUsage("--probes needs --trace rademacher, --trace normal or --bound: an exact trace has none")
	case o.set("bin-width") && encoded:
		return badUsage("--bin-width is in the units of the table: leave --standardised away")
	case o.set("bin-width") && !(o.binWidth > 0):
		return badUsage("--bin-width is %v: give a positive width", o.binWidth)
	}
	if o.set("probes") {
		return between("probes", o.probes, 1, maxNFE)
	}
	return nil
}

// random tells whether the densities have errors of estimation.
func (o *densityFlags) random() bool { return o.bound || o.trace != "exact" }

// densities are log densities of rows in nats, and their standard errors.
type densities struct {
	logProb, stdErr []float64
	caveats         []string
}

// densityRows is the number of rows that are encoded at a time.
const densityRows = 1 << 12

// densities of the rows of a table under the model, in its units or encoded.
func (b *bundle) densities(ctx context.Context, c *datasets.Cells, o *densityFlags, l *sample.LikelihoodOptions, encoded bool) (*densities, error) {
	d, observe := &densities{}, l.Observe
	for first := 0; first < c.Rows(); first += densityRows {
		idx := make([]int, min(densityRows, c.Rows()-first))
		for i := range idx {
			idx[i] = first + i
		}
		p := *l
		p.First, p.Observe = first, nil
		if observe != nil {
			p.Observe = func(rows int) error { return observe(first + rows) }
		}
		part, err := b.someDensities(ctx, c, idx, o, &p, encoded)
		if err != nil {
			return nil, err
		}
		d.logProb, d.stdErr = append(d.logProb, part.logProb...), append(d.stdErr, part.stdErr...)
		d.caveats = part.caveats
		if observe != nil {
			if err := observe(first + len(idx)); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// someDensities are those of rows idx, which follow on each other.
func (b *bundle) someDensities(ctx context.Context, c *datasets.Cells, idx []int, o *densityFlags, l *sample.LikelihoodOptions, encoded bool) (*densities, error) {
	r, err := b.conditioned(c, idx)
	if err != nil {
		return nil, err
	}
	d := &densities{}
	z := mat.NewDense(len(idx), b.codec.Dim(), nil) // NaN where a number has no value
	b.wide.Encode(z, c, idx, latentSeed)
	if o.bound || b.hasCategories() {
		bo := &sample.BoundOptions{Samples: o.probes, Seed: l.Seed, Workers: l.Workers, First: l.First}
		absent := fill(r.x, z, l.Seed, l.First)
		if b.hasCategories() {
			bo.Decode = b.decodeLogProb
		}
		lb, err := sample.LowerBound(ctx, r.d, r.x, bo)
		if err != nil {
			return nil, err
		}
		d.logProb, d.stdErr = lb.LogProb, lb.StdErr
		for i, v := range absent {
			d.logProb[i] -= v
		}
	} else {
		l.Probe, l.Probes = traces[o.trace], o.probes
		lp, err := sample.LogProb(ctx, r.d, r.x, l)
		if err != nil {
			return nil, err
		}
		d.logProb, d.stdErr, d.caveats = lp.LogProb, lp.StdErr, lp.Caveats
	}
	if !encoded {
		det := make([]float64, len(idx))
		b.wide.LogDet(det, z)
		for i := range d.logProb {
			d.logProb[i] -= det[i]
		}
	}
	return d, nil
}

// fill draws the numbers of x that have no value in z, standard normal as in
// training, and returns the log density of what it drew in each row, of which
// first is the index of the first: with it taken off, the bound is one for the row
// without them.
func fill(x, z *mat.Dense, seed uint64, first int) []float64 {
	n, _ := x.Dims()
	key, src := stream.NewKey(seed, "logprob/absent"), stream.NewSource(stream.Key{})
	lp := make([]float64, n)
	for i := range n {
		src.Seek(key.At(uint64(first + i)))
		for j, v := range z.RawRowView(i) {
			if math.IsNaN(v) {
				z := src.NormFloat64()
				x.Set(i, j, z)
				lp[i] -= 0.5*z*z + 0.5*math.Log(2*math.Pi)
			}
		}
	}
	return lp
}

// decodeLogProb is the log probability of a row given its noised version: a
// normal law for each number, and the posterior itself for each category.
func (b *bundle) decodeLogProb(x, mean []float64, c sde.Coeff) float64 {
	s, lp := c.Sigma/c.Alpha, 0.0
	for _, k := range b.blocks {
		if k.Kind == datasets.Continuous {
			e := (x[k.Start] - mean[k.Start]) / s
			lp -= 0.5*e*e + math.Log(s) + 0.5*math.Log(2*math.Pi)
			continue
		}
		p := 0.0
		for j := k.Start; j < k.Start+k.Len; j++ {
			p += x[j] * mean[j]
		}
		lp += math.Log(max(p, math.SmallestNonzeroFloat64))
	}
	return lp
}

// write writes the densities as CSV.
func (o *densityFlags) write(w io.Writer, d *densities, dim int) error {
	head := "log_prob"
	if o.random() {
		head += ",std_err"
	}
	if o.binWidth > 0 {
		head += ",bits_per_dim"
	}
	if _, err := fmt.Fprintln(w, head); err != nil {
		return err
	}
	var line []byte
	for i, v := range d.logProb {
		line = strconv.AppendFloat(line[:0], v, 'g', -1, 64)
		if o.random() {
			line = strconv.AppendFloat(append(line, ','), d.stdErr[i], 'g', 6, 64)
		}
		if o.binWidth > 0 {
			line = strconv.AppendFloat(append(line, ','), sample.BitsPerDim(v, dim, o.binWidth), 'g', -1, 64)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}
