package tabular

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/sample"
)

// partText is mixedText without its last column.
func partText(rows int) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(mixedText(rows)), "\n") {
		b.WriteString(line[:strings.LastIndexByte(line, ',')] + "\n")
	}
	return b.String()
}

// side adds the column side to mixedText without its label: whether size is below 13.
func sideText(rows int) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSpace(partText(rows)), "\n") {
		side := "high"
		if i == 0 {
			side = "side"
		} else if line < "13" {
			side = "low"
		}
		b.WriteString(line + "," + side + "\n")
	}
	return b.String()
}

// A classifier guides rows towards its class, more with a larger scale; it goes through
// a file; and it is refused for a model that it does not fit.
func TestClassifier(t *testing.T) {
	m := fit(partText(300), *quick())
	o := &Options{Hidden: 24, Layers: 1, Steps: 150, Batch: 128, Holdout: 0.2, Seed: 5}
	c := must(m.FitClassifier(t.Context(), source("c.csv", sideText(300)), "side", o))
	if !slices.Equal(c.Levels(), []string{"high", "low"}) || c.provenance.Data != "c.csv" || c.provenance.Config["sde"] != m.Schedule() {
		t.Errorf("levels %q, provenance %+v", c.Levels(), c.provenance)
	}
	if c.provenance.Config["times"] != ClassifierTimes || c.provenance.Config["condition"] != "" {
		t.Errorf("config %v", c.provenance.Config)
	}
	if c.table.Field("side") != nil || c.table.Field("size") == nil {
		t.Error("its table is not that of the model")
	}
	// It has learned the class, at little noise.
	cells := cellsOf(m, partText(300))
	x, lp := mat.NewDense(300, m.codec.Dim(), nil), mat.NewDense(300, 2, nil)
	m.codec.Encode(x, cells, nil, 1)
	zeroAbsent(x)
	if err := c.net.LogProbs(lp, x, []float64{0.01}); err != nil {
		t.Fatal(err)
	}
	right := 0
	for i := range 300 {
		if (lp.At(i, 1) > lp.At(i, 0)) == (cells.Number(i, 0) < 13) {
			right++
		}
	}
	if right < 270 {
		t.Errorf("%d of 300 right", right)
	}
	low := func(q Query) float64 {
		q.Sampler = sample.Sampler{NFE: 20}
		n := 0.0
		r := draw(m, 300, &q)
		for i := range 300 {
			if r.Number(i, 0) < 13 {
				n++
			}
		}
		return n / 300
	}
	free, guided, strong := low(Query{}), low(Query{Classifier: c, Class: "low"}), low(Query{Classifier: c, Class: "low", ClassifierScale: 5})
	away := low(Query{Classifier: c, Class: "high", ClassifierScale: 5})
	if !(away < 0.1 && free > 0.4 && free < 0.8 && guided > 0.75 && strong > 0.92) {
		t.Errorf("shares of the class: %.2f free, %.2f guided, %.2f by scale 5, %.2f away from it", free, guided, strong, away)
	}
	path := t.TempDir() + "/c.st"
	if err := c.Save(path); err != nil {
		t.Fatal(err)
	}
	back := must(LoadClassifier(path))
	if !slices.Equal(back.levels, c.levels) || back.fits(m) != nil || low(Query{Classifier: back, Class: "low"}) != guided {
		t.Error("another classifier comes back")
	}
	_, err := m.Sample(t.Context(), 1, &Query{Classifier: c, Class: "middle"})
	if err := refused(err, "class", "high, low"); err != nil {
		t.Error(err)
	}
	other := *quick()
	other.Schedule, other.Steps = "cosine", 1
	if err := c.fits(fit(partText(300), other)); err == nil || !strings.Contains(err.Error(), "cosine") {
		t.Errorf("another schedule: %v", err)
	}
	other.Schedule = ""
	for what, text := range map[string]string{"other scales": partText(299), "other columns": mixedText(300)} {
		if _, err := fit(text, other).Sample(t.Context(), 1, &Query{Classifier: c, Class: "low"}); err == nil || !strings.Contains(err.Error(), "other scales") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Label columns are no part of the encoding.
	other.Conditions = []string{"side"}
	if err := c.fits(fit(sideText(300), other)); err != nil {
		t.Errorf("a model with labels: %v", err)
	}
	f := must(c.File())
	if err := f.SetJSON("levels", []string{"high"}); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Save(path, f); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadClassifier(path); err == nil || !strings.Contains(err.Error(), "1 names for 2 labels") {
		t.Errorf("a damaged file: %v", err)
	}
}

// The training of a classifier is that of its model's encoding, on the labels of the
// column, and resumes as others do.
func TestClassifierTraining(t *testing.T) {
	m := fit(partText(300), *quick())
	o := Options{Hidden: 8, Layers: 1, Steps: 20, Every: 10, Batch: 64, Holdout: 0.2}
	run := func(o Options) *Training {
		return must(m.NewClassifierTraining(must(m.ReadClassifierData(source("c.csv", sideText(100)), "side")), "side", &o))
	}
	tr := run(o)
	if tr.set.Holdout != 0.2 || tr.set.LabelDropout != 0.1 || tr.set.Conditional != 0 || tr.rows.Len() != 80 || tr.held.Len() != 20 || tr.cfg.Masking.Share != 0 {
		t.Errorf("settings %+v", tr.set)
	}
	x, c, idx := mat.NewDense(80, m.codec.Dim(), nil), mat.NewDense(80, 1, nil), make([]int, 80)
	for i := range idx {
		idx[i] = i
	}
	tr.rows.Read(x, c, idx, 0)
	for i := range idx {
		v, _ := m.codec.ToValue(0, x.At(i, 0))
		if math.Abs(v-13) > 0.01 && (c.At(i, 0) == 1) != (v < 13) {
			t.Fatalf("row %d of size %g has label %g", i, v, c.At(i, 0))
		}
	}
	if err := tr.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Storable(); err != nil {
		t.Error(err)
	}
	mean, variance := must(tr.Classifier()).net.Moments()
	wantMean, wantVariance := m.net.Moments()
	if !slices.Equal(mean, wantMean) || !slices.Equal(variance, wantVariance) {
		t.Error("moments are not those of the model")
	}
	file := func(tr *Training) []byte {
		var b bytes.Buffer
		if err := checkpoints.Encode(&b, must(tr.File())); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	again := o
	again.Workers = 3
	second := run(again)
	if err := second.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file(tr), file(second)) {
		t.Error("workers change the classifier")
	}
	if long := run(Options{Hidden: 4, Layers: 1}); long.Steps() != 3000 || long.set.Rate != 5e-3 || long.set.Holdout != 0.1 || long.set.Patience != 10 {
		t.Errorf("defaults %+v", long.set)
	}
	data := must(m.ReadClassifierData(source("c.csv", sideText(100)), "side"))
	for _, o := range []Options{{Schedule: "vp"}, {Conditions: []string{"side"}}, {Conditional: 0.5}, {NeighborMixup: 0.1}} {
		_, err := m.NewClassifierTraining(data, "side", &o)
		if err := refused(err, "classifier", ""); err != nil {
			t.Error(err)
		}
	}
	_, err := m.ReadClassifierData(source("c.csv", sideText(100)), "kind")
	if err := refused(err, "classifier", "kind", "generates"); err != nil {
		t.Error(err)
	}
	if _, err := model(t, "label").ReadClassifierData(source("c.csv", mixedText(60)), "label"); err != nil {
		t.Errorf("a label column of the model: %v", err)
	}
	if data.Codec != nil || data.Cells.Metadata().Field("side").Type == datasets.TypeNumeric {
		t.Errorf("data %+v", data)
	}
}
