package tabular

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/internal/stream"
	"tweedie/sample"
	"tweedie/sde"
)

// What is observed of the penguins, and how the law given that is drawn.
const (
	ratioFormula         = "bill_length_mm / flipper_length_mm"
	ratio, ratioError    = 0.25, 0.005
	ratioDraws, ratioNFE = 200_000, 200
)

// TestLongFormula prints the table of docs/measurements/guidance.md: how far, in each column, rows that
// follow a formula are from those of the same model that rejection leaves. Particles must
// have its law up to chance, with the twist that is the default and with that of MMPS;
// guides, rows without any, and particles by the twist of DPS, of which few of the first
// have descendants, are printed beside.
func TestLongFormula(t *testing.T) {
	long(t)
	raw, err := os.ReadFile("../../../shared/data/tabular/penguins.csv")
	if err != nil {
		t.Skip("no penguins.csv: ", err)
	}
	var whole bytes.Buffer // penguins without a missing cell
	for line := range strings.Lines(string(raw)) {
		if s := strings.TrimSpace(line); !strings.Contains(s, ",,") && !strings.HasSuffix(s, ",") {
			whole.WriteString(line)
		}
	}
	src := datasets.CSVSource("penguins.csv", func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(whole.Bytes())), nil })
	m := must(Fit(t.Context(), src, &Options{Hidden: 64, Layers: 3, Steps: 6000, Seed: 1}))
	f, err := m.Formula(ratioFormula)
	if err != nil {
		t.Fatal(err)
	}
	one := 1.0
	by := sample.Sampler{Name: "ddim", Eta: &one, NFE: ratioNFE} // the steps of the particles
	free := draw(m, ratioDraws, &Query{Seed: 9, Sampler: by}).Cells
	want := rejected(free)
	n1 := want.Rows()
	t.Logf("%d of %d draws accepted", n1, ratioDraws)
	if n1 < 2000 {
		t.Fatal("too few accepted rows")
	}
	o := sde.Observation{A: f, Y: mat.NewDense(1, 1, []float64{ratio}), Error: sde.NormalError{SD: ratioError}}
	for _, c := range []struct {
		name      string
		term      guide.Term
		particles int
		by        sample.Sampler
	}{
		{"no guide", nil, 0, by},
		{"DPS", guide.DPS{Observation: o}, 0, by},
		{"ΠGDM", guide.PiGDM{Observation: o}, 0, by},
		{"MMPS", guide.MMPS{Observation: o}, 0, by},
		{"MMPS, the default sampler", guide.MMPS{Observation: o}, 0, sample.Sampler{}},
		{"particles, twist of DPS", guide.DPS{Observation: o}, 2000, by},
		{"particles, twist of ΠGDM", guide.PiGDM{Observation: o}, 2000, by},
		{"particles, twist of MMPS", guide.MMPS{Observation: o}, 2000, by},
	} {
		rows := 10_000
		q := Query{Seed: 3, Sampler: c.by}
		if c.term != nil {
			q.Terms = []guide.Term{c.term}
		}
		n2 := float64(rows)
		if c.particles > 0 {
			q.Conditioning, q.Sampler = Conditioning{Particles: c.particles}, sample.Sampler{NFE: ratioNFE}
		}
		got := draw(m, rows, &q)
		if e := got.Evidence; e != nil {
			n2 = min(n2, e.ESS[len(e.ESS)-1]*float64(e.Groups))
			t.Logf("%s: %d different particles in the rows, log evidence %.3f ± %.3f, rejection %.3f", c.name, e.Distinct, *e.LogEvidence, *e.SE,
				math.Log(float64(n1)/ratioDraws)-math.Log(ratioError*math.Sqrt(2*math.Pi)))
		}
		bound := 0.02 + 1.4*math.Sqrt(1/float64(n1)+1/n2)
		worst, each := 0.0, []string{}
		for j := range want.Metadata().Columns {
			d := distance(want, got.Cells, j)
			worst, each = math.Max(worst, d), append(each, fmt.Sprintf("%.3f", d))
		}
		t.Logf("| %s | %s | %.3f | %.3f | %.0f |", c.name, strings.Join(each, " | "), worst, bound, n2)
		_, judged := c.term.(guide.DPS)
		judged = c.particles > 0 && !judged
		switch {
		case judged && n2 < 2000:
			t.Errorf("%s: %.0f effective particles", c.name, n2)
		case judged && worst > bound:
			t.Errorf("%s: %.3f from rejection, want at most %.3f", c.name, worst, bound)
		case c.name == "no guide" && worst < 3*bound:
			t.Errorf("rows without a guide are only %.3f from rejection: nothing is tested", worst)
		}
	}
}

// rejected are the rows that rejection keeps: with probability exp(-(f - y)²/(2 σ²)).
func rejected(c *datasets.Cells) *datasets.Cells {
	at := func(name string) int {
		return slices.IndexFunc(c.Metadata().Columns, func(f datasets.Field) bool { return f.Name == name })
	}
	bill, flipper := at("bill_length_mm"), at("flipper_length_mm")
	r := stream.New(5, "rejection")
	var idx []int
	for i := range c.Rows() {
		z := (c.Number(i, bill)/c.Number(i, flipper) - ratio) / ratioError
		if r.Float64() < math.Exp(-z*z/2) {
			idx = append(idx, i)
		}
	}
	return c.Subset(idx)
}

// distance is that of Kolmogorov and Smirnov in column j, levels being in their order.
func distance(a, b *datasets.Cells, j int) float64 {
	sorted := func(c *datasets.Cells) []float64 {
		v := make([]float64, c.Rows())
		for i := range v {
			if c.Metadata().Columns[j].HasLevels() {
				v[i] = float64(c.Level(i, j))
			} else {
				v[i] = c.Number(i, j)
			}
		}
		slices.Sort(v)
		return v
	}
	u, v := sorted(a), sorted(b)
	d, k := 0.0, 0
	for i := 0; i < len(u); {
		x := u[i]
		for i < len(u) && u[i] == x {
			i++
		}
		for k < len(v) && v[k] < x {
			k++
		}
		below := float64(k) / float64(len(v))
		for k < len(v) && v[k] == x {
			k++
		}
		first, _ := slices.BinarySearch(u, x)
		d = math.Max(d, math.Max(math.Abs(float64(i)/float64(len(u))-float64(k)/float64(len(v))), math.Abs(float64(first)/float64(len(u))-below)))
	}
	return d
}
