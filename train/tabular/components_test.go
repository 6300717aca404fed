package tabular

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// wideText is a table of so many columns that three numbers decide, but for a little.
func wideText(rows, columns int) string {
	var b strings.Builder
	for j := range columns {
		fmt.Fprintf(&b, "%sc%d", []string{"", ","}[min(j, 1)], j)
	}
	b.WriteString("\n")
	for i := range rows {
		f := [3]float64{math.Sin(float64(7 * i)), math.Cos(float64(5*i + 1)), math.Sin(float64(i*i + 3))}
		for j := range columns {
			v := 2 + float64(j%4)
			for k := range f {
				v += f[k] * math.Sin(float64(3*j+7*k+1)) * float64(3-k)
			}
			fmt.Fprintf(&b, "%s%.4f", []string{"", ","}[min(j, 1)], v+0.02*math.Sin(float64(11*i*i+13*j)))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// latentModel hardly trains: it is the law of three independent normal components.
func latentModel() *Model {
	return fit(wideText(400, 12), Options{Latent: "pca:3", Encoding: "standard", Steps: 1, Rate: 1e-9, Hidden: 8, Layers: 1})
}

// latentLaw is its law of encoded rows: mean, and covariance V Λ Vᵀ.
func latentLaw(m *Model) (mean []float64, cov *mat.Dense) {
	p := m.pca
	z, v := m.net.Moments()
	var scaled mat.Dense
	scaled.Mul(p.V, mat.NewDiagDense(3, v))
	cov = mat.NewDense(12, 12, nil)
	cov.Mul(&scaled, p.V.T())
	var at mat.VecDense
	at.MulVec(p.V, mat.NewVecDense(3, z))
	at.AddVec(&at, mat.NewVecDense(12, p.Mean))
	return at.RawVector().Data, cov
}

// Observed columns of a latent model: rows follow the normal posterior under V Λ Vᵀ, through
// the decoder, by guides and by particles.
func TestObservedColumnsOfALatentModel(t *testing.T) {
	m := latentModel()
	if p := m.Latent(); p == nil || p.Explained < 0.995 || p.Explained > 1 || m.net.Dim() != 3 {
		t.Fatalf("components %+v of a table of three factors", m.Latent())
	}
	mean, cov := latentLaw(m)
	units := func(j int) (shift, scale float64) {
		shift, scale, ok := m.codec.Affine(j)
		if !ok {
			t.Fatal("the encoding is not affine")
		}
		return shift, scale
	}
	const y, sd, n = 3.0, 0.2, 2000
	s0, k0 := units(0)
	e := sd / k0
	gain := func(j int) float64 { return cov.At(j, 0) / (cov.At(0, 0) + e*e) }
	for name, q := range map[string]Query{
		"mmps":      {Guide: guideFile("{observe: {c0: 3}, noise: 0.2}")},
		"particles": {Guide: guideFile("{observe: {c0: 3}, noise: 0.2}"), Conditioning: Conditioning{Particles: 400}},
		"mcgdiff":   {Guide: guideFile("{observe: {c0: 3}, noise: 0.2}"), Conditioning: Conditioning{Method: "mcgdiff", Particles: 400}},
		"reward":    {Guide: guideFile("{reward: {weights: {c0: 1}, target: 3, strength: 25}}"), Conditioning: Conditioning{Particles: 400}},
	} {
		q.Sampler.NFE, q.Seed = 60, 3
		r := draw(m, n, &q)
		for j := range 12 {
			s, k := units(j)
			want := s + k*(mean[j]+gain(j)*((y-s0)/k0-mean[0]))
			v := k * k * (cov.At(j, j) - gain(j)*cov.At(0, j))
			var got, square float64
			for i := range n {
				x := r.Cells.Number(i, j)
				got += x / n
				square += x * x / n
			}
			// five standard errors of rows, of which particles have fewer, and steps of the sampler
			tol := 5*math.Sqrt(v/n) + 0.05*math.Sqrt(k*k*cov.At(j, j))
			if math.Abs(got-want) > tol {
				t.Errorf("%s: mean of c%d %.3f, want %.3f ± %.3f", name, j, got, want, tol)
			}
			if sd := math.Sqrt(math.Max(square-got*got, 0)); math.Abs(sd-math.Sqrt(v)) > 0.12*math.Sqrt(v)+0.03*k {
				t.Errorf("%s: deviation of c%d %.3f, want %.3f", name, j, sd, math.Sqrt(v))
			}
		}
		if !strings.Contains(strings.Join(r.Caveats, "\n"), "3 principal components of 12 numbers, with 99.9") {
			t.Errorf("%s: caveats %q", name, r.Caveats)
		}
	}
}

// Plug-and-play works on the components: its rows are those of the library on A V z = y - A m.
func TestLatentPlugAndPlay(t *testing.T) {
	m := latentModel()
	file := "{linear: [{weights: {c0: 1, c5: -2}, value: -4}], noise: 0.3}"
	o := must(guideFile(file).Observations(m.codec))[0]
	a := o.A.(sde.LinearMap)
	var av, am mat.Dense
	av.Mul(a.M, m.pca.V)
	am.Mul(a.M, mat.NewDense(12, 1, m.pca.Mean))
	d := must(sample.ConditionOnLinear(m.net, sample.LinearCondition{A: sde.NewLinearMap(&av), Y: mat.NewDense(1, 1, []float64{o.Y.At(0, 0) - am.At(0, 0)}), SD: 0.3}))
	run := sample.Sampler{NFE: 30}
	for method, want := range map[string]sample.Method{"diffpir": sample.DiffPIR{Lambda: 2}, "ddnm": sample.DDNM{}, "daps": sample.DAPS{}, "dps-step": sample.DPSStep{}} {
		how := Conditioning{Method: method}
		if method == "diffpir" {
			how.Lambda = 2
		}
		x := mat.NewDense(40, 3, nil)
		q := Query{Guide: guideFile(file), Sampler: run, Conditioning: how, Encoded: func(first int, part *mat.Dense) error {
			r, _ := part.Dims()
			x.Slice(first, first+r, 0, 3).(*mat.Dense).Copy(part)
			return nil
		}}
		if _, err := m.Sample(context.Background(), 40, &q); err != nil {
			t.Fatal(err)
		}
		if res := must(sample.Run(context.Background(), d, want, 40, run.Options())); !mat.EqualApprox(res.X, x, 1e-9) {
			t.Errorf("%s: other rows", method)
		}
	}
	heavy := Query{Guide: guideFile("{observe: {c0: 3}, noise: {law: student-t, scale: 0.2, df: 4}}"), Conditioning: Conditioning{Method: "diffpir"}, Sampler: run}
	if r := draw(m, 20, &heavy); math.Abs(r.Cells.Number(0, 0)-3) > 1 {
		t.Errorf("an error that is not normal: c0 = %g", r.Cells.Number(0, 0))
	}
}

// Guides of rows, taken to components, have the values and derivatives of the decoded rows.
func TestGuidesThroughTheDecoder(t *testing.T) {
	for _, encoding := range []string{"standard", "quantile"} {
		m := fit(wideText(400, 12), Options{Latent: "pca:3", Encoding: encoding, Steps: 1, Hidden: 8, Layers: 1})
		p := decoder{m.pca}
		for _, term := range []string{"{observe: {c0: 3, c4: 1}, noise: 0.5, method: dps}", "{reward: {weights: {c2: 1}, target: 2, strength: 3}}", "{within: {column: c3, min: 2, max: 4}}"} {
			list := must(guideFile(term).Build(m.codec, ""))
			through := must(p.terms(list))
			z := mat.NewDense(1, 3, []float64{0.4, -0.8, 0.3})
			x := mat.NewDense(1, 12, nil)
			if err := m.pca.Decode(x, z); err != nil {
				t.Fatal(err)
			}
			// a prior for the dimensions; log p(y|x_0) does not depend on it
			one := func(d int) *sde.Gaussian {
				c := mat.NewSymDense(d, nil)
				for j := range d {
					c.SetSym(j, j, 1)
				}
				return must(sde.NewGaussian(make([]float64, d), c, sde.VP{}))
			}
			a, b := make([]float64, 1), make([]float64, 1)
			if err := guide.New(one(12), list...).LogLikelihood(a, x); err != nil {
				t.Fatal(err)
			}
			low := guide.New(one(3), through...)
			if err := low.LogLikelihood(b, z); err != nil {
				t.Fatal(err)
			}
			if math.Abs(a[0]-b[0]) > 1e-9*math.Max(1, math.Abs(a[0])) {
				t.Errorf("%s, %s: log p %g of components, %g of the row", encoding, term, b[0], a[0])
			}
			if c, ok := list[0].(guide.Within); ok { // the ends move with the mean
				low := through[0].(guide.Within)[0]
				a, b := mat.Dot(mat.NewVecDense(12, c[0].A), x.RowView(0)), mat.Dot(mat.NewVecDense(3, low.A), z.RowView(0))
				if math.Abs(a-c[0].Lo-(b-low.Lo)) > 1e-9 || math.Abs(c[0].Hi-a-(low.Hi-b)) > 1e-9 {
					t.Errorf("%s: %g from %g to %g, of components %g from %g to %g", encoding, a, c[0].Lo, c[0].Hi, b, low.Lo, low.Hi)
				}
				continue
			}
			// the derivative of log p̃(y|x_t) by differences: the guided mean less that of the prior
			const u, h = 0.4, 1e-5
			guided, plain := mat.NewDense(1, 3, nil), mat.NewDense(1, 3, nil)
			if err := low.Denoise(guided, z, []float64{u}); err != nil {
				t.Fatal(err)
			}
			if err := one(3).Denoise(plain, z, []float64{u}); err != nil {
				t.Fatal(err)
			}
			k := sde.VP{}.Coeff(u).Tweedie()
			for j := range 3 {
				side := func(h float64) float64 {
					at := mat.DenseCopyOf(z)
					at.Set(0, j, at.At(0, j)+h)
					if err := low.LogProb(a, at, []float64{u}); err != nil {
						t.Fatal(err)
					}
					return a[0]
				}
				want := (side(h) - side(-h)) / (2 * h)
				if got := (guided.At(0, j) - plain.At(0, j)) / k; math.Abs(got-want) > 1e-5*math.Max(1, math.Abs(want)) {
					t.Errorf("%s, %s: gradient %g, by differences %g", encoding, term, got, want)
				}
			}
		}
	}
}

func TestLatentModelsAreStored(t *testing.T) {
	m := fit(wideText(300, 12), Options{Latent: "pca:4", Steps: 20, Hidden: 8, Layers: 1})
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	l := must(Load(path))
	if a, b := draw(m, 20, &Query{Seed: 1}), draw(l, 20, &Query{Seed: 1}); text(t, a.Cells) != text(t, b.Cells) {
		t.Error("the file has another model")
	}
	if l.Provenance().Config["latent"] != "pca:4" {
		t.Error("the file does not say how it was trained")
	}
	f := must(m.File())
	f.Meta["latent"] = `{"mean":[1],"v":[1],"variance":[1],"explained":1}`
	if _, err := FromCheckpoint(f); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("components of another table: %v", err)
	}
	// rows that satisfy conditions are found by rejection
	if r := draw(l, 20, &Query{Where: []string{"c0 > 2"}}); r.WhereBy != "reject" {
		t.Errorf("conditions by %s", r.WhereBy)
	}
}

func TestLatentModelsRefuse(t *testing.T) {
	m := latentModel()
	for _, c := range []struct {
		q            Query
		option, word string
	}{
		{Query{Given: map[string]string{"c0": "1"}}, "given", "observe c0 in a guide file"},
		{Query{Given: map[string]string{"c0": "1"}, Conditioning: Conditioning{Method: "repaint"}}, "given", "observe c0"},
		{Query{Where: []string{"c0 > 1"}, WhereBy: "guide"}, "where-by", "nothing to guide by"},
		{Query{Where: []string{"c0 > 1"}, Conditioning: Conditioning{Particles: 8}}, "particles", "nothing to weight by"},
		{Query{Terms: []guide.Term{guide.CustomScore{F: func([]float64, guide.RowState) error { return nil }}}}, "guide", "no form for a latent model"},
	} {
		if err := refused(m.Check(5, &c.q), c.option, c.word); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.LogProb(context.Background(), source("t.csv", wideText(5, 12))); err == nil {
		t.Error("rows have a density")
	}
	if _, err := m.NewImputer(nil); err == nil || !strings.Contains(err.Error(), "latent") {
		t.Error(err)
	}
	for _, c := range []struct {
		text         string
		o            Options
		option, word string
	}{
		{wideText(100, 5), Options{Latent: "pca:6"}, "latent", "at most 5"},
		{wideText(100, 5), Options{Latent: "pca:0"}, "latent", "pca:K"},
		{wideText(100, 5), Options{Latent: "vae:3"}, "latent", "pca:K"},
		{wideText(100, 5), Options{Latent: "pca:2", Conditional: 0.5}, "conditional-share", "leave it away"},
		{mixedText(100), Options{Latent: "pca:2"}, "latent", "column"},
		{strings.Replace(wideText(100, 5), "\n", "\n,", 1) + "", Options{Latent: "pca:2"}, "latent", "c0"},
	} {
		if strings.Contains(c.text, "\n,") { // a missing cell: the first row loses its last number
			lines := strings.Split(c.text, "\n")
			lines[1] = lines[1][:strings.LastIndex(lines[1], ",")]
			c.text = strings.Join(lines, "\n")
		}
		_, err := Fit(context.Background(), source("t.csv", c.text), &c.o)
		if err := refused(err, c.option, c.word); err != nil {
			t.Error(err)
		}
	}
}
