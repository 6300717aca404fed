package tabular

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/sample"
)

// Rows become latents, standard normal if the model fits, and come back; in a file
// latents keep all digits.
func TestLatents(t *testing.T) {
	normal := normalModel()
	mean, variance := normal.net.Moments()
	c := must(normal.ReadRows(source("t.csv", sinesText(30, "a", "b"))))
	l := must(normal.Encode(t.Context(), c, nil))
	for i := range 30 {
		for j := range 2 {
			shift, scale, _ := normal.codec.Affine(j)
			want := ((c.Number(i, j)-shift)/scale - mean[j]) / math.Sqrt(variance[j])
			if math.Abs(l.Z.At(i, j)-want) > 5e-3 {
				t.Fatalf("row %d, latent %d is %.4f, want %.4f", i, j, l.Z.At(i, j), want)
			}
		}
	}
	if l.Labels != nil {
		t.Error("labels of a model without")
	}
	if got, want := text(t, must(normal.Decode(t.Context(), l, 0, nil))), text(t, c); got != want {
		t.Errorf("rows\n%swant\n%s", got, want)
	}
	curved := fit(sinesText(300, "a", "b"), Options{Steps: 50, Hidden: 8, Layers: 1})
	// Numbers beyond the range that was seen are kept apart.
	if far := must(curved.Encode(t.Context(), cellsOf(curved, "a,b\n5,1\n6,1\n"), nil)).Z; far.At(1, 0) < far.At(0, 0)+0.3 {
		t.Error("numbers beyond the range have one latent")
	}
	var seen []int
	rough := &FlowOptions{Tolerance: 1e-2, Workers: 1, Progress: func(n int) error { seen = append(seen, n); return nil }}
	of := func(o *FlowOptions) *mat.Dense { return must(curved.Encode(t.Context(), c, o)).Z }
	if mat.Equal(of(rough), of(nil)) || !mat.Equal(of(&FlowOptions{Tolerance: 1e-5, Workers: 2}), of(nil)) || len(seen) == 0 || seen[len(seen)-1] != 30 {
		t.Errorf("the tolerance is of no effect, or progress is %v", seen)
	}
}

func TestLatentsOfLabels(t *testing.T) {
	m := model(t, "label")
	c := must(m.ReadRows(source("t.csv", mixedText(12))))
	l := must(m.Encode(t.Context(), c, nil))
	for i := range 12 {
		if l.Labels.At(i, 0) != float64(c.Level(i, 3)) {
			t.Errorf("row %d has label %g", i, l.Labels.At(i, 0))
		}
	}
	var b strings.Builder
	if err := m.WriteLatents(&b, l); err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(b.String(), "\n"); head != "z_size,z_count=present,z_count=missing,z_count,z_kind=blue,z_kind=green,z_kind=red,label" {
		t.Errorf("header %s", head)
	}
	back := must(m.ReadLatents(source("z.csv", b.String())))
	if !mat.Equal(back.Z, l.Z) || !mat.Equal(back.Labels, l.Labels) {
		t.Error("other latents come back")
	}
	two := model(t, "label", "kind")
	both := must(two.Encode(t.Context(), cellsOf(two, mixedText(12)), nil))
	b.Reset()
	if err := two.WriteLatents(&b, both); err != nil {
		t.Fatal(err)
	}
	if back := must(two.ReadLatents(source("z.csv", b.String()))); !mat.Equal(back.Labels, both.Labels) || mat.Equal(both.Labels.ColView(0), both.Labels.ColView(1)) {
		t.Error("other labels come back")
	}
	b.Reset()
	if err := m.WriteLatents(&b, l); err != nil {
		t.Fatal(err)
	}
	rows := must(m.Decode(t.Context(), back, 1, nil))
	same := 0
	for i := range 12 {
		if rows.Level(i, 3) != c.Level(i, 3) {
			t.Errorf("row %d comes back with another label", i)
		}
		if rows.Level(i, 2) == c.Level(i, 2) && rows.Missing(i, 1) == c.Missing(i, 1) && math.Abs(rows.Number(i, 0)-c.Number(i, 0)) < 0.02 {
			same++
		}
	}
	if same < 10 {
		t.Errorf("%d of 12 rows come back", same)
	}
	lines := strings.Split(b.String(), "\n")
	for what, text := range map[string]string{
		"another model's":  strings.Replace(b.String(), "z_size", "z_width", 1),
		"a missing number": lines[0] + "\n" + lines[1][strings.IndexByte(lines[1], ','):] + "\n",
	} {
		if _, err := m.ReadLatents(source("z.csv", text)); err == nil || !strings.Contains(err.Error(), "z_size") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A way between latents has both ends, equal steps, and the labels of both.
func TestInterpolate(t *testing.T) {
	m := normalModel()
	l := &Latents{Z: mat.NewDense(2, 2, []float64{0, 1, 4, -1})}
	way := must(m.Interpolate(l, 5, sample.LinearCurve))
	if want := mat.NewDense(5, 2, []float64{0, 1, 1, 0.5, 2, 0, 3, -0.5, 4, -1}); !mat.EqualApprox(way.Z, want, 1e-12) {
		t.Errorf("%v", mat.Formatted(way.Z))
	}
	labeled := model(t, "label")
	two := &Latents{Z: mat.NewDense(2, 7, nil), Labels: mat.NewDense(2, 1, []float64{1, 1})}
	if way := must(labeled.Interpolate(two, 3, sample.LinearCurve)); !mat.Equal(way.Labels, mat.NewDense(3, 1, []float64{1, 1, 1})) {
		t.Errorf("labels %v", way.Labels)
	}
	two.Labels.Set(1, 0, 0)
	if _, err := labeled.Interpolate(two, 3, sample.LinearCurve); err == nil {
		t.Error("a way between labels")
	}
}

// A missing cell that the model knows nothing of has no density and no latent.
func TestReadRows(t *testing.T) {
	m := model(t)
	if c := must(m.ReadRows(source("t.csv", "size,count,kind,label\n11,,red,no\n"))); c.Rows() != 1 {
		t.Error("no row")
	}
	_, err := m.ReadRows(source("t.csv", "size,count,kind,label\n11,,red,no\n,3,red,no\n"))
	if err == nil || !strings.Contains(err.Error(), "data row 2") || !strings.Contains(err.Error(), "size") {
		t.Error(err)
	}
}
