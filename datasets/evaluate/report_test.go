package evaluate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/internal/stream"
)

func evaluate(t *testing.T, tables *Tables, o *Options) *Report {
	t.Helper()
	r, err := Evaluate(context.Background(), tables, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func found(r *Report, pattern string) bool {
	return regexp.MustCompile(pattern).MatchString(strings.Join(r.Findings, "\n"))
}

// three returns real, held-out and other rows of the law.
func three(n int) (real, hold, other *datasets.Cells) {
	real = table(n, 1)
	return real, fill(real.Metadata(), n, 2), fill(real.Metadata(), n, 3)
}

func TestCopiedRowsAreExposed(t *testing.T) {
	if testing.Short() {
		t.Skip("detection and prediction of a whole table")
	}
	real, hold, other := three(400)
	r := evaluate(t, &Tables{Real: real, Synthetic: real, Holdout: hold}, nil)
	p := r.Synthetic.Privacy
	if p.Closer != 1 || p.Copies != 400 || p.Memorized < 0.99 {
		t.Errorf("%+v", p)
	}
	if !found(r, `^Copies: 400 of the 400 synthetic rows \(100 %\) are exact copies`) || !strings.Contains(r.Text(), "are exact copies of training rows") {
		t.Errorf("copies are not called so: %q", r.Findings)
	}
	r = evaluate(t, &Tables{Real: real, Synthetic: other, Holdout: hold}, nil)
	near(t, "share closer to train", float64(r.Synthetic.Privacy.Closer), 0.5, 0.15)
	if !found(r, "^No sign of copying") {
		t.Errorf("fresh rows are taken for copies: %q", r.Findings)
	}
	jittered := real.Subset(seq(400))
	for i := range 400 {
		jittered.SetNumber(i, 0, jittered.Number(i, 0)+1e-6)
	}
	r = evaluate(t, &Tables{Real: real, Synthetic: jittered, Holdout: hold}, nil)
	if !found(r, "^Near copies: about 100 %") || r.Synthetic.Privacy.Copies != 0 {
		t.Errorf("near copies are not called so: %q", r.Findings)
	}
}

// Held-out rows that are training rows are called so, and do not hide copies.
func TestHoldoutThatIsNone(t *testing.T) {
	if testing.Short() {
		t.Skip("detection and prediction of a whole table")
	}
	real, hold, _ := three(300)
	r := evaluate(t, &Tables{Real: real, Synthetic: real, Holdout: real}, nil)
	if !found(r, "^The held-out rows are not held out: 300 of the 300") || !found(r, `(?m)^Copies: 300 of the 300 `) || r.Synthetic.Privacy.Closer.given() {
		t.Errorf("findings: %q", r.Findings)
	}
	if r = evaluate(t, &Tables{Real: real, Synthetic: real, Holdout: hold}, nil); r.HoldoutInTrain != 0 {
		t.Errorf("%d held-out rows in train", r.HoldoutInTrain)
	}
	// Few categories: every row is everywhere, by chance.
	draw := stream.New(1, "categories")
	codes := make([]int, 200)
	for i := range codes {
		codes[i] = draw.IntN(5)
	}
	f := &frame{n: 200, cols: []column{category(5, codes...)}}
	if n, chance := overlap(f, f, 1); n != 0 || chance != 1 {
		t.Errorf("categories: %d rows, chance %v", n, chance)
	}
}

func seq(n int) []int {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	return idx
}

// Shuffled columns pass shapes, pass the logistic regression, fail detection.
func TestShuffledColumnsAreExposed(t *testing.T) {
	if testing.Short() {
		t.Skip("detection and prediction of a whole table")
	}
	real, hold, _ := three(1000)
	r := evaluate(t, &Tables{Real: real, Synthetic: Independent(real, 1000, 9), Holdout: hold}, nil)
	if s := r.Synthetic; s.Shape < 0.96 || s.Detection > 0.2 || s.Logistic < 0.5 {
		t.Errorf("shape %v, detection %v, logistic %v", s.Shape, s.Detection, s.Logistic)
	}
	if !found(r, "Column by column the table looks right") || !found(r, "A simple baseline is harder to detect: small mixture, with") {
		t.Errorf("findings: %q", r.Findings)
	}
	if real := r.Floors.Real; real.Detection < 0.8 || real.Shape < 0.95 {
		t.Errorf("real rows: %+v", real)
	}
	if r.Pairs[0].Score > r.Pairs[len(r.Pairs)-1].Score || r.Columns[0].Score > r.Columns[len(r.Columns)-1].Score {
		t.Error("worst do not come first")
	}
}

func TestWithoutHoldout(t *testing.T) {
	real, _, other := three(300)
	r := evaluate(t, &Tables{Real: real, Synthetic: other}, nil)
	if r.Synthetic.Privacy.Closer.given() || r.Synthetic.WassersteinHoldout.Distance.given() || r.HoldoutRows != 0 {
		t.Errorf("scores that need held-out rows: %+v", r.Synthetic)
	}
	if !r.Synthetic.Utility.F1.given() || !strings.Contains(strings.Join(r.Notes, "\n"), "one half of the real rows") {
		t.Errorf("prediction %v, notes %q", r.Synthetic.Utility.F1, r.Notes)
	}
}

// The same bytes for any number of workers, others for another seed.
// The distances of a report are all of one kind, exact or sliced, by its largest table.
func TestDistancesOfOneKind(t *testing.T) {
	real, hold, other := three(60)
	many := Independent(real, exactRows+1, 1)
	for want, r := range map[bool]*Report{
		true:  evaluate(t, &Tables{Real: real, Synthetic: other, Holdout: hold}, nil),
		false: evaluate(t, &Tables{Real: real, Synthetic: many}, nil),
	} {
		for _, s := range []*Scores{&r.Synthetic, &r.Floors.Independent, &r.Floors.Real} {
			if s.WassersteinTrain.Exact != want {
				t.Errorf("%d synthetic rows: a distance of %s is exact: %v, want %v", r.SyntheticRows, s.WassersteinTrain.Distance, !want, want)
			}
		}
	}
}

func TestDeterministic(t *testing.T) {
	real, hold, other := three(150)
	tables := &Tables{Real: real, Synthetic: other, Holdout: hold}
	text := func(seed uint64, workers int) string {
		b, err := json.Marshal(evaluate(t, tables, &Options{Seed: seed, Workers: workers}))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if text(1, 1) != text(1, 3) {
		t.Error("workers change the report")
	}
	if text(1, 1) == text(2, 1) {
		t.Error("the seed changes nothing")
	}
}

// JSON comes back as it was, null for what does not exist.
func TestReportJSON(t *testing.T) {
	real, _, other := three(100)
	r := evaluate(t, &Tables{Real: real, Synthetic: other}, nil)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(`"closer_to_train":null`)) {
		t.Error("no null for a score that does not exist")
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(&back)
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("JSON changes on the way: %v", err)
	}
	if back.Synthetic.Privacy.Closer.given() {
		t.Error("null is read as a score")
	}
}

// The page escapes names, loads nothing, and says what the text says.
func TestHTML(t *testing.T) {
	const attack = `"><script src='https://x.example/'>`
	real, hold, _ := three(100)
	real.Metadata().Columns[0].Name = attack
	r := evaluate(t, &Tables{Real: real, Synthetic: real, Holdout: hold}, nil)
	r.Names.Synthetic = attack
	var b bytes.Buffer
	if err := r.WriteHTML(&b, Page{Command: attack, Footer: attack}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if err := foreign(page); err != "" {
		t.Error(err)
	}
	if foreign(page+attack) == "" {
		t.Error("the check overlooks a script")
	}
	for _, want := range []string{"exact copies of training rows", "<svg ", "small mixture", "&lt;script", "What the scores mean", "W1 to holdout"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// foreign says what in a page would load or run something.
func foreign(page string) string {
	return regexp.MustCompile(`<(script|link|iframe|img)|(src|href)=["']?(https?:|//)`).FindString(page)
}

func TestNumberText(t *testing.T) {
	for v, want := range map[float64]string{0.98765: "0.988", -0.5: "-0.500", 12.345: "12.3", 4321: "4.32e+03", math.NaN(): "–"} {
		if got := Number(v).String(); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	real, hold, other := three(40)
	for want, err := range map[string]error{
		"give at least 12":                          errorOf(&Tables{Real: real.Subset(seq(11)), Synthetic: other}, nil),
		"synthetic table has 1 row":                 errorOf(&Tables{Real: real, Synthetic: other.Subset(seq(1))}, nil),
		"held-out table has 1 row":                  errorOf(&Tables{Real: real, Synthetic: other, Holdout: hold.Subset(seq(1))}, nil),
		`no column "clas" to predict; did you mean`: errorOf(&Tables{Real: real, Synthetic: other}, &Options{Target: "clas"}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	stop := errors.New("stop")
	stages := 0
	if err := errorOf(&Tables{Real: real, Synthetic: other}, &Options{Observe: func(string) error {
		if stages++; stages == Stages {
			return stop
		}
		return nil
	}}); err != stop {
		t.Errorf("error %v of the last stage, after %d of %d", err, stages, Stages)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Evaluate(ctx, &Tables{Real: real, Synthetic: other}, nil); err != context.Canceled {
		t.Errorf("error %v of a cancelled context", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("tables of different metadata do not panic")
		}
	}()
	Evaluate(context.Background(), &Tables{Real: real, Synthetic: table(40, 1)}, nil)
}

func errorOf(t *Tables, o *Options) error {
	_, err := Evaluate(context.Background(), t, o)
	return err
}
