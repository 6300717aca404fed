package tabular

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/guide"
	"tweedie/guide/calibration"
	"tweedie/guide/spec"
	"tweedie/sample"
)

func guideOf(t testing.TB, text string) *spec.File {
	t.Helper()
	f, err := spec.Parse("g.yaml", []byte("guide:\n  - "+text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var fewSteps = sample.Sampler{Name: "dpmpp2m-sde", NFE: 10}

// Every kind of query has a report, by one of the two ways, and the same with any number
// of workers.
func TestCalibrateEveryKind(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	few := &CalibrationOptions{Replicas: 20, Draws: 9}
	rows := &CalibrationOptions{Rows: 100}
	for _, p := range []struct {
		name  string
		model *Model
		o     *CalibrationOptions
		q     Query
		fit   []string
		free  string // columns that are compared
	}{
		{"observation", free, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}")}, []string{calibration.FitName}, "size count kind label"},
		{"with labels", labeled, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}")}, []string{calibration.FitName}, "size count kind"},
		{"given", free, few, Query{Given: map[string]string{"size": ""}}, []string{calibration.NearnessName}, "count kind label"},
		{"given and observation", free, few, Query{Given: map[string]string{"kind": "nonsense"}, Guide: guideOf(t, "{observe: {size: 12}, noise: 1}")}, []string{calibration.FitName, calibration.NearnessName}, "size count label"},
		{"label", labeled, few, Query{Given: map[string]string{"label": ""}}, []string{calibration.NearnessName}, "size count kind"},
		{"given under a condition", free, few, Query{Given: map[string]string{"kind": ""}, Where: []string{"size > 12"}}, []string{calibration.NearnessName}, "size count label"},
		{"repaint", free, few, Query{Given: map[string]string{"kind": ""}, Conditioning: Conditioning{Method: "repaint", Repeats: 2}}, []string{calibration.NearnessName}, "size count label"},
		{"observation within", free, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}\n  - within: {column: size, min: 11}")}, []string{calibration.FitName}, "size count kind label"},
		{"particles", free, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}"), Conditioning: Conditioning{Particles: 20}}, []string{calibration.FitName}, "size count kind label"},
		{"mcgdiff", labeled, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}"), Conditioning: Conditioning{Method: "mcgdiff", Particles: 20}}, []string{calibration.FitName}, "size count kind"},
		{"diffpir", free, few, Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}"), Conditioning: Conditioning{Method: "diffpir"}}, []string{calibration.FitName}, "size count kind label"},
		{"within", free, rows, Query{Guide: guideOf(t, "within: {column: size, min: 12}")}, nil, "size count kind label"},
		{"reward", free, rows, Query{Guide: guideOf(t, "reward: {weights: {size: 1}, strength: 0.3}")}, []string{calibration.WeightName}, "size count kind label"},
		{"where", free, rows, Query{Where: []string{"size > 12"}, WhereBy: "guide"}, nil, "size count kind label"},
		{"where with labels", labeled, rows, Query{Where: []string{"size > 12"}}, nil, "size count kind label"},
		{"terms", free, rows, Query{Terms: []guide.Term{guide.Within{guide.Interval(free.codec.Dim(), sizeAt(t, free), 0, 2)}}}, nil, "size count kind label"},
		{"cfg", labeled, rows, Query{Given: map[string]string{"label": "yes"}, CFG: 2}, nil, "size count kind"},
	} {
		p.q.Seed, p.q.Sampler, p.q.Workers = 4, fewSteps, 1
		switch p.q.Conditioning.Method {
		case "diffpir":
			p.q.Sampler = sample.Sampler{NFE: 10}
		case "mcgdiff":
			p.q.Sampler = sample.Sampler{Name: "ddim", NFE: 10, Eta: ptr(1.)}
		}
		r, err := p.model.Calibrate(context.Background(), &p.q, p.o)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		var names, fit []string
		for _, c := range r.Columns {
			names = append(names, c.Name)
			if !(c.P >= 0 && c.P <= 1) || math.IsNaN(c.Spread) || math.IsNaN(c.Bias) {
				t.Errorf("%s: %+v", p.name, c)
			}
		}
		for _, c := range r.Fit {
			fit = append(fit, c.Name)
		}
		if strings.Join(names, " ") != p.free || !slices.Equal(fit, p.fit) {
			t.Errorf("%s: columns %q and quantities %q", p.name, names, fit)
		}
		if drawn := p.o == few; drawn != (r.Replicas == 20) || drawn == (r.References > 0) {
			t.Errorf("%s: %d replicas, %v references", p.name, r.Replicas, r.References)
		}
		if free := p.name == "with labels" || p.name == "mcgdiff"; free != slices.ContainsFunc(r.Caveats, func(s string) bool { return strings.Contains(s, "as that of label") }) {
			t.Errorf("%s: caveats %q", p.name, r.Caveats)
		}
		p.q.Workers = 3
		again, err := p.model.Calibrate(context.Background(), &p.q, p.o)
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%s: another report with three workers (%v)", p.name, err)
		}
	}
}

func ptr(v float64) *float64 { return &v }

// Rows of a replica have what was drawn for it, and no other's: given cells exactly, and an
// observed number to the error of its observation, whichever way they are drawn.
func TestCalibrateBindsRows(t *testing.T) {
	m := model(t)
	for _, particles := range []int{0, 30} {
		c := &calibrator{model: m, o: CalibrationOptions{Replicas: 20, Draws: 9}, q: Query{
			Given: map[string]string{"kind": "", "count": ""}, Guide: guideOf(t, "{observe: {size: 12}, noise: 0.02}"),
			Sampler: sample.Sampler{Name: "dpmpp2m-sde", NFE: 60}, Conditioning: Conditioning{Particles: particles},
		}}
		if err := c.prepare(); err != nil {
			t.Fatal(err)
		}
		truth, _, err := c.truths(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		file, err := c.observe(truth)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := c.guided(context.Background(), truth, file, 0)
		if err != nil {
			t.Fatal(err)
		}
		far := 0
		for k := range rows.Rows() {
			i := k / 9
			for j, f := range m.Metadata().Columns {
				switch f.Name {
				case "kind", "count":
					if a, b := string(rows.AppendText(nil, k, j)), string(truth.cells.AppendText(nil, i, j)); a != b {
						t.Errorf("particles %d, row %d: %s is %s, that of the truth %s", particles, k, f.Name, a, b)
					}
				case "size":
					if math.Abs(rows.Number(k, j)-truth.cells.Number(i, j)) > 0.2 {
						far++
					}
				}
			}
		}
		if far > 9 { // a guided row in twenty may go astray in a small model
			t.Errorf("particles %d: %d of 180 rows are far from what was observed", particles, far)
		}
		if a, err := c.logLikelihood(file, truth.cells, 1, 0); err != nil || a.At(3, 0) < -10 || a.At(3, 0) > -math.Log(0.02) {
			t.Errorf("log-likelihood of the truth %v, %v", a, err)
		}
	}
}

// What is known to be right passes, a guide that does nothing does not, though its columns
// are calibrated, and rows that are bound to others' observations do not either.
func TestCalibrateVerdicts(t *testing.T) {
	m := model(t)
	o := &CalibrationOptions{Replicas: 100, Draws: 19}
	at := func(q Query, o *CalibrationOptions) *calibration.Report {
		t.Helper()
		q.Seed, q.Sampler = 11, sample.Sampler{Name: "dpmpp2m-sde", NFE: 30}
		r, err := m.Calibrate(context.Background(), &q, o)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := at(Query{Where: []string{"size > 12.5"}, WhereBy: "reject"}, &CalibrationOptions{Rows: 500}); !r.Calibrated || r.Satisfied.Guided != 1 || !(r.Satisfied.Model > 0.1 && r.Satisfied.Model < 0.9) || len(r.Remedies) != 0 {
		t.Errorf("rejection: %+v\n%s", r.Satisfied, strings.Join(r.Findings("--"), "\n"))
	}
	r := at(Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 0.3, method: dps, strength: 0.0000001}")}, o)
	for _, c := range r.Columns {
		if c.P < 1e-3 {
			t.Errorf("nothing: %s", c.Verdict())
		}
	}
	if r.Calibrated || !strings.Contains(r.Verdict("--"), "too weak, or does nothing") || !strings.HasSuffix(r.Verdict("--"), "use --method tds --particles 500") {
		t.Errorf("nothing: %s", r.Verdict("--"))
	}
	if r := at(Query{Guide: guideOf(t, "{observe: {size: 12}, noise: 1, method: dps, strength: 2}")}, o); r.Calibrated || !strings.Contains(r.Verdict("--"), "too strong") {
		t.Errorf("twice: %s", r.Verdict("--"))
	}
}

// Weights are those of what is asked, by hand on the cells: the indicator of the interval
// and of the condition, and the reward in units of the table.
func TestCalibrateWeights(t *testing.T) {
	m := model(t)
	c := &calibrator{model: m, o: CalibrationOptions{Rows: 200}, q: Query{
		Where: []string{"kind = 'red'"}, Guide: guideOf(t, "reward: {weights: {size: 1}, strength: 0.5, target: 12}\n  - within: {column: size, min: 11, max: 13}"),
		Sampler: fewSteps,
	}}
	if err := c.prepare(); err != nil {
		t.Fatal(err)
	}
	p := &pool{}
	if err := c.more(context.Background(), p, 300); err != nil {
		t.Fatal(err)
	}
	if err := c.more(context.Background(), p, 100); err != nil {
		t.Fatal(err)
	}
	size, kind, inside := columnIndex(m, "size"), columnIndex(m, "kind"), 0
	for i := range 400 {
		v, want := p.cells.Number(i, size), math.Inf(-1)
		if v >= 11 && v <= 13 && string(p.cells.AppendText(nil, i, kind)) == "red" {
			want = -0.5 * (v - 12) * (v - 12) / 2
			inside++
		}
		if math.IsInf(want, -1) != math.IsInf(p.log[i], -1) || !math.IsInf(want, -1) && math.Abs(p.log[i]-want) > 0.02 {
			t.Errorf("row %d, size %v: log weight %v, want %v", i, v, p.log[i], want)
		}
	}
	if inside < 20 || inside > 380 {
		t.Errorf("%d rows inside: nothing is tested", inside)
	}
	// the rows are those of one drawing
	whole := &pool{}
	if err := c.more(context.Background(), whole, 400); err != nil || !mat.Equal(whole.x, p.x) {
		t.Errorf("rows that are drawn in parts are other rows (%v)", err)
	}
	// a row is accepted by its weight: four standard errors
	n, mean := 0.0, 0.0
	for seed := range uint64(200) {
		c.q.Seed = seed
		n += float64(len(c.accepted(p)))
	}
	for _, w := range calibration.Weights(p.log) {
		mean += w
	}
	if math.Abs(n/200-mean) > 4*math.Sqrt(mean/200) {
		t.Errorf("%v rows are accepted, want %v", n/200, mean)
	}
}

func columnIndex(m *Model, name string) int {
	for j := range m.Metadata().Columns {
		if m.Metadata().Columns[j].Name == name {
			return j
		}
	}
	return -1
}

// No remedy is what is done already.
func TestCalibrateRemedies(t *testing.T) {
	m := model(t)
	for _, name := range ConditioningMethods() {
		for _, q := range []Query{
			{Guide: guideOf(t, "{observe: {size: 12}, noise: 1}")}, {Given: map[string]string{"kind": "red"}}, {CFG: 2}, {Where: []string{"size > 1"}, WhereBy: "guide"},
		} {
			for _, particles := range []int{64, 500, 1000} {
				q.Conditioning = Conditioning{Method: name}
				if UsesParticles(name) {
					q.Conditioning.Particles = particles
				}
				if name == "fkc" && q.CFG == 2 {
					continue // refused
				}
				c := &calibrator{model: m, q: q, o: CalibrationOptions{Draws: 63}}
				c.how, _ = ParseConditioning(q.Conditioning)
				list := c.remedies(&calibration.Report{Satisfied: &calibration.Satisfied{Guided: 0.5, Model: 0.5}})
				if len(list) == 0 {
					t.Errorf("%s: no remedy", name)
				}
				for _, r := range list {
					others, said := 0, false
					for _, s := range r.Settings {
						switch {
						case s[0] == "method" && s[1] == name:
							said = true
						case s[0] == "particles" && s[1] == fmt.Sprint(c.how.Particles):
						default:
							others++
						}
					}
					if said || others == 0 && r.Text == "" {
						t.Errorf("%s: the remedy is %s", name, r.Say("--"))
					}
				}
			}
		}
	}
}

func TestCalibrateRefuses(t *testing.T) {
	free, labeled := model(t), model(t, "label")
	observed := guideOf(t, "{observe: {size: 12}, noise: 1}")
	for _, p := range []struct {
		m      *Model
		q      Query
		o      CalibrationOptions
		option string
		words  string
	}{
		{free, Query{}, CalibrationOptions{}, "guide", "nothing else is asked"},
		{free, Query{Guide: observed}, CalibrationOptions{Replicas: 19}, "replicas", "at least 20"},
		{free, Query{Guide: observed}, CalibrationOptions{Draws: 8}, "draws", "at least 9"},
		{free, Query{Guide: observed}, CalibrationOptions{Rows: 99}, "rows", "at least 100"},
		{free, Query{Guide: observed}, CalibrationOptions{Tries: 5}, "tries", "at least 100"},
		{free, Query{Guide: observed}, CalibrationOptions{Rows: 200}, "rows", "give replicas and draws"},
		{free, Query{Where: []string{"size > 12"}}, CalibrationOptions{Replicas: 50}, "replicas", "give rows"},
		{free, Query{Guide: observed, Balance: "kind"}, CalibrationOptions{}, "balance", "leave it away"},
		{free, Query{Guide: observed, Sampler: sample.Sampler{Temperature: 0.5}}, CalibrationOptions{}, "temperature", "nobody knows"},
		{free, Query{Guide: guideOf(t, "reward: {weights: {size: 1}}"), Conditioning: Conditioning{Method: "fkc", Anneal: 2}}, CalibrationOptions{}, "anneal", "no draws"},
		{free, Query{Given: map[string]string{"size": "", "kind": "", "count": "", "label": ""}}, CalibrationOptions{}, "given", "every column"},
		{free, Query{Given: map[string]string{"sizes": ""}}, CalibrationOptions{}, "given", "no such column"},
		{free, Query{Guide: guideOf(t, "{observe: {sizes: 12}, noise: 1}")}, CalibrationOptions{}, "guide", "sizes"},
		{free, Query{Where: []string{"sizes > 1"}}, CalibrationOptions{}, "where", "sizes"},
		{labeled, Query{CFG: 2}, CalibrationOptions{}, "cfg", "a value of label"},
		{labeled, Query{CFG: 2, Given: map[string]string{"label": "yes"}, Conditioning: Conditioning{Method: "fkc"}}, CalibrationOptions{}, "method", "check guided"},
		{labeled, Query{CFG: 0.5, Given: map[string]string{"label": "yes"}, Conditioning: Conditioning{Method: "cfgpp"}}, CalibrationOptions{}, "cfg", "no law"},
		{labeled, Query{CFG: 2, Given: map[string]string{"label": "yes"}}, CalibrationOptions{Tries: 1000}, "tries", "has none"},
		{free, Query{Guide: observed, Conditioning: Conditioning{Method: "guided", Particles: 3}}, CalibrationOptions{}, "particles", "no option of method guided"},
	} {
		_, err := p.m.Calibrate(context.Background(), &p.q, &p.o)
		if e := refused(err, p.option, p.words); e != nil {
			t.Error(e)
		}
	}
	if _, err := free.Calibrate(context.Background(), &Query{Guide: observed, First: 3}, nil); err == nil {
		t.Error("a first row passes")
	}
	// too few rows to tell anything, and an end that is asked for
	q := Query{Guide: guideOf(t, "within: {column: size, min: 15.6}"), Sampler: fewSteps}
	if _, err := free.Calibrate(context.Background(), &q, &CalibrationOptions{Tries: 100}); err == nil || !strings.Contains(err.Error(), "fewer than 20 tell nothing") {
		t.Errorf("a law that the model has no rows of: %v", err)
	}
	enough := errors.New("enough")
	for _, particles := range []int{0, 10} {
		q := Query{Guide: observed, Sampler: fewSteps, Conditioning: Conditioning{Particles: particles}}
		o := &CalibrationOptions{Replicas: 20, Draws: 9, Progress: func(done, of int) error {
			if of != 180 {
				t.Errorf("of %d", of)
			}
			return enough
		}}
		if _, err := free.Calibrate(context.Background(), &q, o); !errors.Is(err, enough) {
			t.Errorf("particles %d: %v", particles, err)
		}
	}
}

// sizeAt is the position of the size in encoded rows.
func sizeAt(t testing.TB, m *Model) int {
	t.Helper()
	at, _, err := m.codec.Number("size")
	if err != nil {
		t.Fatal(err)
	}
	return at
}
