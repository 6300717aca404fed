package tabular

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/losses"
	"tweedie/sample"
	"tweedie/train"
)

// bytesOf are those of a model file.
func bytesOf(m *Model) []byte {
	var b bytes.Buffer
	if err := checkpoints.Encode(&b, must(m.File())); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// repeated are the options that a configuration describes: a share that is not there
// was none.
func repeated(t *testing.T, config map[string]string) Options {
	t.Helper()
	number := func(key string) float64 {
		v, ok := config[key]
		if !ok {
			return -1
		}
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		if x == 0 && key != "weight-decay" {
			return -1
		}
		return x
	}
	o := Options{
		Schedule: config["sde"], Times: config["times"], Weighting: config["weighting"], Decay: config["decay"], Encoding: config["encoding"],
		Hidden: int(number("hidden")), Layers: int(number("layers")), FiLM: config["film"] == "true", FourierFeatures: int(number("fourier-features")),
		Steps: int(number("steps")), Batch: int(number("batch")), Rate: number("lr"), WeightDecay: number("weight-decay"), Clip: number("clip"),
		EMA: number("ema"), Dropout: number("dropout"), Conditional: number("conditional-share"), NeighborMixup: number("neighbor-mixup"), Holdout: number("holdout"),
		Every: max(0, int(number("every"))), Patience: int(number("patience")), LabelDropout: number("condition-dropout"),
	}
	if c := config["condition"]; c != "" {
		o.Conditions = strings.Split(c, ",")
	}
	return o
}

// The settings that a model has of its run repeat it, bit for bit.
func TestConfigRepeatsTheRun(t *testing.T) {
	for what, o := range map[string]Options{
		"defaults": {Steps: 20, Hidden: 16, Layers: 1, Batch: 64},
		"all": {Conditions: []string{"label"}, Encoding: "quantile", Schedule: "cosine", Times: "stratified:logsnr", Weighting: "sigma2", Hidden: 12, Layers: 2,
			FiLM: true, FourierFeatures: 2, Steps: 20, Batch: 50, Rate: 1e-3, Decay: "linear", WeightDecay: 0.01, Clip: 0.5, EMA: 0.9, Dropout: 0.2,
			Conditional: 0.7, LabelDropout: 0.3, NeighborMixup: 0.4, Holdout: 0.2, Every: 5, Patience: 7, Seed: 9},
		"none": {Conditions: []string{"label"}, Hidden: 12, Layers: 1, FourierFeatures: -1, Steps: 20, Batch: 64, Clip: -1, Dropout: -1,
			Conditional: -1, LabelDropout: -1, NeighborMixup: -1, Holdout: -1, Patience: -1, Seed: 9},
	} {
		o.ConfigNotes = map[string]string{"note": "x"}
		before := o
		m := fit(mixedText(120), o)
		if fmt.Sprint(o) != fmt.Sprint(before) {
			t.Errorf("%s: options were written to", what)
		}
		again := repeated(t, m.provenance.Config)
		again.Seed, again.Workers, again.ConfigNotes = o.Seed, 3, o.ConfigNotes
		if m.provenance.Config["note"] != "x" || m.provenance.Seed != o.Seed || m.provenance.Steps != 20 || m.provenance.Data != "t.csv" {
			t.Errorf("%s: provenance %+v", what, m.provenance)
		}
		if !bytes.Equal(bytesOf(m), bytesOf(fit(mixedText(120), again))) {
			t.Errorf("%s: %v gives another model", what, m.provenance.Config)
		}
		again.Seed++
		if bytes.Equal(bytesOf(m), bytesOf(fit(mixedText(120), again))) {
			t.Errorf("%s: another seed gives the same model", what)
		}
	}
}

// Negative numbers mean none, zeros the defaults, and others themselves.
func TestZeroAndNegativeOptions(t *testing.T) {
	of := func(o Options) map[string]string {
		o.Steps, o.Hidden, o.Layers, o.Conditions = 1, 4, 1, []string{"label"}
		return fit(mixedText(1000), o).provenance.Config
	}
	keys := []string{"fourier-features", "dropout", "conditional-share", "condition-dropout", "neighbor-mixup", "holdout"}
	for _, c := range []struct {
		o    Options
		want []string
	}{
		{Options{}, []string{"6", "", "0.5", "0.1", "", "0.1"}},
		{Options{FourierFeatures: -1, Dropout: -1, Conditional: -1, LabelDropout: -1, NeighborMixup: -1, Holdout: -1}, []string{"", "", "", "0", "", "0"}},
		{Options{FourierFeatures: 3, Dropout: 0.2, Conditional: 0.3, LabelDropout: 0.4, NeighborMixup: 0.1, Holdout: 0.5}, []string{"3", "0.2", "0.3", "0.4", "0.1", "0.5"}},
	} {
		config := of(c.o)
		for i, k := range keys {
			if config[k] != c.want[i] {
				t.Errorf("%s is %q, want %q", k, config[k], c.want[i])
			}
		}
		if config["patience"] != "0" || config["encoding"] != "auto" || config["condition"] != "label" {
			t.Errorf("config %v", config)
		}
	}
}

// An interrupted run that is restored ends with the bits of a whole one.
func TestRestoredRun(t *testing.T) {
	ctx := context.Background()
	o := Options{Conditions: []string{"label"}, Hidden: 12, Layers: 1, Batch: 32, Steps: 40, Every: 10, Holdout: 0.2, Seed: 4}
	run := func(o Options, text string) *Training {
		return must(NewTraining(must(ReadData(source("t.csv", text), &o)), &o))
	}
	whole := run(o, mixedText(120))
	if !whole.Validates() || whole.Steps() != 40 {
		t.Errorf("validates %v, %d steps", whole.Validates(), whole.Steps())
	}
	if err := whole.Run(ctx); err != nil {
		t.Fatal(err)
	}
	stop, saves := errors.New("stop"), 0
	broken := o
	broken.Observe = func(e train.Report) error {
		if e.Step == 20 {
			return stop
		}
		return nil
	}
	first := run(broken, mixedText(120))
	if err := first.OnSave(func() error { saves++; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := first.Run(ctx); !errors.Is(err, stop) || saves == 0 {
		t.Fatalf("%v after %d saves", err, saves)
	}
	state := must(first.State())
	rest := o
	rest.Steps = 99 // that of the state counts
	second := run(rest, mixedText(120))
	kept := 0
	if err := second.OnSave(func() error { kept++; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := second.Restore(state); err != nil {
		t.Fatal(err)
	}
	if second.Trainer().Step() != first.Trainer().Step() || second.Steps() != 40 {
		t.Errorf("restored at step %d of %d", second.Trainer().Step(), second.Steps())
	}
	if err := second.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(whole.Model()), bytesOf(second.Model())) {
		t.Error("the restored run has other bits")
	}
	if kept != 2 {
		t.Errorf("%d saves of the restored run, want 2", kept)
	}
	other := o
	other.Batch = 33
	if run(other, mixedText(120)).Restore(state) == nil || run(o, mixedText(130)).Restore(state) == nil {
		t.Error("the state of another run passes")
	}
	if run(o, mixedText(120)).Restore(must(whole.File())) == nil {
		t.Error("a model file passes as a state")
	}
	// When its context ends, Fit returns the model of the last step.
	done, cancel := context.WithCancel(ctx)
	short := o
	short.Observe = func(train.Report) error { cancel(); return nil }
	m, err := Fit(done, source("t.csv", mixedText(120)), &short)
	if !errors.Is(err, context.Canceled) || m == nil || m.provenance.Steps >= 40 {
		t.Errorf("interrupted: %v", err)
	}
}

// The steps that fit into a time are those of a clock, and at most as many as asked.
func TestStepsWithin(t *testing.T) {
	o := Options{Hidden: 4, Layers: 1, Batch: 16}
	for _, most := range []int{0, 50} {
		tr := must(NewTraining(must(ReadData(source("t.csv", mixedText(60)), &o)), &o))
		now := time.Time{}
		n, err := tr.StepsWithin(t.Context(), time.Hour, most, func() time.Time { now = now.Add(time.Second); return now })
		if err != nil || n < 1 || n != tr.Steps() || most > 0 && n != most || most == 0 && n < 100 {
			t.Errorf("%d steps, %v", n, err)
		}
	}
}

// Rows are split, and the run keeps copies: the data let go of theirs.
func TestSplit(t *testing.T) {
	o := Options{Holdout: 0.25, Seed: 3, Steps: 1, Hidden: 4, Layers: 1}
	d := must(ReadData(source("t.csv", mixedText(80)), &o))
	cells := d.Cells
	tr := must(NewTraining(d, &o))
	if d.Cells != nil || tr.rows.Len() != 60 || tr.held.Len() != 20 {
		t.Errorf("%d and %d rows", tr.rows.Len(), tr.held.Len())
	}
	idx, held := datasets.Split(80, 0.25, 3)
	if text(t, tr.rows.(tableRows).cells) != text(t, cells.Subset(idx)) || text(t, tr.held.(tableRows).cells) != text(t, cells.Subset(held)) {
		t.Error("other rows")
	}
	if tr.cfg.Draws != 4096 || tr.cfg.UnitDropout != tr.set.Dropout || tr.cfg.Validation.(losses.Denoising).Times.Points != 16 {
		t.Errorf("config %+v", tr.cfg)
	}
	if tr.cfg.Masking.Share != 0.5 || len(tr.cfg.Masking.Columns) != 4 || tr.cfg.Dropout.Joint != 0 {
		t.Errorf("conditioning %+v, %+v", tr.cfg.Masking, tr.cfg.Dropout)
	}
	if err := tr.Storable(); err != nil {
		t.Error(err)
	}
}

// Each option reaches the trainer.
func TestTrainerTakesItsOptions(t *testing.T) {
	o := Options{Conditions: []string{"label"}, Steps: 7, Batch: 9, Rate: 1e-3, Decay: "linear", WeightDecay: 0.1, Clip: 2, EMA: 0.9, Dropout: 0.2,
		LabelDropout: 0.3, Conditional: 0.4, Every: 3, Patience: 4, Seed: 5, Workers: 2, Holdout: 0.2, Hidden: 8, Layers: 1}
	tr := must(NewTraining(must(ReadData(source("t.csv", mixedText(60)), &o)), &o))
	c := tr.cfg
	if c.Steps != 7 || c.Batch != 9 || c.Rate.Peak != 1e-3 || c.Rate.Decay != "linear" || c.WeightDecay != 0.1 || c.Clip != 2 || c.EMA != 0.9 || c.UnitDropout != 0.2 {
		t.Errorf("config %+v", c)
	}
	if c.Dropout.Joint != 0.3 || c.Masking.Share != 0.4 || c.Every != 3 || c.Patience != 4 || c.Seed != 5 || c.Workers != 2 {
		t.Errorf("config %+v", c)
	}
}

// Neighbor mixup is refused where pairs are too many.
func TestMixupIsForSmallTables(t *testing.T) {
	var b strings.Builder
	b.WriteString("x\n")
	for i := range maxMixupRows + 1 {
		fmt.Fprintln(&b, i*i%1009)
	}
	o := Options{NeighborMixup: 0.1, Holdout: -1, Steps: 1, Hidden: 4, Layers: 1}
	_, err := Fit(t.Context(), source("t.csv", b.String()), &o)
	if err := refused(err, "neighbor-mixup", "20001 rows"); err != nil {
		t.Error(err)
	}
}

// Validate names the option at fault, and so does Fit.
func TestOptionErrs(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for option, list := range map[string][]Options{
		"steps":             {{Steps: -1}},
		"batch":             {{Batch: -1}},
		"hidden":            {{Hidden: -1}},
		"layers":            {{Layers: -1}},
		"every":             {{Every: -1}},
		"encoding":          {{Encoding: "ranks"}},
		"sde":               {{Schedule: "sphere"}, {Schedule: "vp:beta_max=-1"}},
		"times":             {{Times: "noon"}, {Times: "lognormal:40,0.1,0.1"}},
		"weighting":         {{Weighting: "heavy"}},
		"decay":             {{Decay: "sudden"}},
		"holdout":           {{Holdout: 1}, {Holdout: nan}},
		"lr":                {{Rate: -1}, {Rate: inf}},
		"weight-decay":      {{WeightDecay: -0.1}, {WeightDecay: inf}},
		"clip":              {{Clip: inf}, {Clip: nan}},
		"ema":               {{EMA: 1}, {EMA: -0.5}},
		"conditional-share": {{Conditional: 1.1}},
		"neighbor-mixup":    {{NeighborMixup: 1.1}},
		"dropout":           {{Dropout: 1}},
		"condition-dropout": {{LabelDropout: 1}},
		"fourier-features":  {{FourierFeatures: 17}},
	} {
		for _, o := range list {
			if err := refused(o.Validate(), option, ""); err != nil {
				t.Error(err)
			}
			_, err := Fit(t.Context(), source("t.csv", mixedText(60)), &o)
			if err := refused(err, option, ""); err != nil {
				t.Error(err)
			}
		}
	}
	for _, o := range []Options{{}, {Conditional: 1, NeighborMixup: 1, FourierFeatures: 16, Clip: -1, Dropout: 0.99, Holdout: 0.99}, {Decay: "rsqrt", Encoding: "auto"}} {
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// What is read of a table: encodings, types of label columns, and the digest.
func TestReadData(t *testing.T) {
	affine := func(rows int, encoding string) bool {
		d := must(ReadData(source("t.csv", sinesText(rows, "a", "b")), &Options{Encoding: encoding}))
		_, _, ok := d.Codec.Affine(0)
		return ok
	}
	for _, c := range []struct {
		rows     int
		encoding string
		want     bool
	}{{150, "", false}, {50, "", true}, {50, "auto", true}, {50, "quantile", false}, {150, "standard", true}} {
		if affine(c.rows, c.encoding) != c.want {
			t.Errorf("%d rows, %q: affine is not %v", c.rows, c.encoding, c.want)
		}
	}
	// Frequent single values are levels of their own, but in the standard encoding.
	for encoding, want := range map[string]int{"auto": 1, "quantile": 1, "standard": 0} {
		d := must(ReadData(source("t.csv", gapsText(200)), &Options{Encoding: encoding}))
		if n := len(d.Codec.Metadata().Field("zero").Atoms); n != want {
			t.Errorf("%s: %d frequent values", encoding, n)
		}
	}
	infer := &datasets.InferOptions{Types: map[string]datasets.Type{"k": datasets.TypeCategorical}}
	numbers := "x,k\n1.5,0\n2.5,1\n3.5,2\n4.5,0\n"
	for _, o := range []*Options{{Conditions: []string{"k"}}, {Infer: infer}, {Conditions: []string{"k"}, Infer: &datasets.InferOptions{}}} {
		d := must(ReadData(source("t.csv", numbers), o))
		if f := d.Codec.Metadata().Field("k"); f.Type != datasets.TypeCategorical || f.Condition != (o.Conditions != nil) || d.Name != "t.csv" || d.Digest != "" || d.Open {
			t.Errorf("%+v", f)
		}
	}
	if len(infer.Types) != 1 {
		t.Error("options were written to")
	}
	for text, want := range map[string]string{"x,y\n1,a\n1,b\n": "no column to learn", "x\n": "t.csv", "k\n1\n2\n": "k"} {
		if _, err := ReadData(source("t.csv", text), &Options{Conditions: []string{map[bool]string{true: "y", false: "q"}[strings.Contains(text, "y")]}}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "t.csv") {
			t.Errorf("%q: %v", text, err)
		}
	}
	const houses = before + "houses.csv"
	m := must(Fit(t.Context(), must(datasets.OpenTable(houses)), &Options{Steps: 1, Hidden: 4, Layers: 1}))
	if len(m.provenance.DataSHA256) != 64 || m.provenance.Data != houses {
		t.Errorf("provenance %+v", m.provenance)
	}
	for path, want := range map[string]bool{houses: true, before + "table.csv": false, before + "none.csv": false} {
		if same, err := m.TrainedOn(path); same != want || err != nil {
			t.Errorf("trained on %s: %v, %v", path, same, err)
		}
	}
	if same, _ := model(t).TrainedOn("mixed.csv"); same {
		t.Error("a table that is no file passes as one")
	}
}

// A model goes through a file whole, and a damaged file is told.
func TestModelFile(t *testing.T) {
	for _, m := range []*Model{model(t), model(t, "label")} {
		path := t.TempDir() + "/m.st"
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		back := must(Load(path))
		q := &Query{Sampler: sample.Sampler{NFE: 5}}
		if !bytes.Equal(bytesOf(m), bytesOf(back)) || text(t, draw(m, 9, q).Cells) != text(t, draw(back, 9, q).Cells) {
			t.Error("another model comes back")
		}
	}
	damaged := func(key string, v any, want string) {
		t.Helper()
		f := must(model(t, "label").File())
		if err := f.SetJSON(key, v); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := checkpoints.Encode(&b, f); err != nil {
			t.Fatal(err)
		}
		back := must(checkpoints.Decode(b.Bytes()))
		if _, err := FromCheckpoint(back); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", key, err)
		}
	}
	damaged("labels", labelTable{Rows: [][]int{{0}, {2}}, Count: []int{1, 1}}, "label combinations")
	damaged("labels", labelTable{Rows: [][]int{{0}, {1}}, Count: []int{1}}, "label combinations")
	damaged("labels", labelTable{Rows: [][]int{{0}, {1}}, Count: []int{1, 0}}, "label combinations")
	damaged("labels", labelTable{Rows: [][]int{{0, 1}}, Count: []int{1}}, "label combinations")
	damaged("labels", labelTable{}, "label combinations")
	damaged("table", model(t).Metadata(), "positions")
	other := *model(t, "label").Metadata()
	other.Columns = append([]datasets.Field(nil), other.Columns...)
	other.Columns[3].Name = "mark"
	damaged("table", other, "conditions")
}

// What a model says of itself.
func TestModelAccessors(t *testing.T) {
	free, labeled, normal := model(t), model(t, "label"), normalModel()
	for _, c := range []struct {
		m          *Model
		columns    string
		categories bool
	}{{free, "size count kind label", true}, {labeled, "label size count kind", true}, {normal, "a b", false}} {
		if got := strings.Join(c.m.Columns(), " "); got != c.columns || c.m.HasCategories() != c.categories || c.m.Extrapolates() || c.m.Schedule() != "vp:beta_min=0.1,beta_max=20" {
			t.Errorf("columns %s, categories %v, schedule %s", got, c.m.HasCategories(), c.m.Schedule())
		}
	}
	x, units := mat.NewDense(2, 2, []float64{0, 1, -1, 0.5}), mat.NewDense(2, 2, nil)
	normal.Units(units, x)
	for i := range 2 {
		for j := range 2 {
			shift, scale, _ := normal.codec.Affine(j)
			if want := shift + scale*x.At(i, j); math.Abs(units.At(i, j)-want) > 1e-12 {
				t.Errorf("%v in units of the table, want %v", units.At(i, j), want)
			}
		}
	}
	if free.dropout() != 0.09 || (&Model{}).dropout() != 0 { // 7 columns / rows
		t.Errorf("dropout %g", free.dropout())
	}
	if free.Network().Dim() != free.Codec().Dim() || free.Provenance().Seed != 3 || maps.Equal(free.Provenance().Config, normal.Provenance().Config) {
		t.Error("parts of the model")
	}
}
