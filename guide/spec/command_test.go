package spec

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
	"tweedie/guide"
	"tweedie/sample"
	"tweedie/sde"
)

// script is the command of a shell script with the text given.
func script(t *testing.T, text string) string {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	path := filepath.Join(t.TempDir(), "program.sh")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("sh '%s'", path)
}

// second answers with the cells a and b of rows a,b,m,z,k.
const second = `read header; [ "$header" = a,b,m,z,k ] || exit 9
while IFS=, read -r a b m z k; do echo "$b;$a"; done`

// encodedRows are rows of the table, encoded.
func encodedRows(c *datasets.Codec, cells *datasets.Cells, n int) *mat.Dense {
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i
	}
	x := mat.NewDense(n, c.Dim(), nil)
	c.Encode(x, cells, idx, 1)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsNaN(v) {
				x.Set(i, j, 0)
			}
		}
	}
	return x
}

// A command that gives columns is the operator of these columns, in either encoding.
func TestCommandIsAnOperatorInUnitsOfTheTable(t *testing.T) {
	for _, standard := range []bool{true, false} {
		cells, c := table(t, standard)
		f := parse(t, fmt.Sprintf("{command: %q, value: [1, 2], noise: 0.1}", script(t, second)))
		started, stop := f.Start(t.Context())
		for _, g := range []*File{f, started} {
			obs := must(g.Observations(c))
			x := encodedRows(c, cells, 50)
			got, want := mat.NewDense(50, 2, nil), mat.NewDense(50, 2, nil)
			if err := obs[0].A.Apply(got, x); err != nil {
				t.Fatal(err)
			}
			sum := func(name string) ColumnSum { return must(NewColumnSum(c, map[string]float64{name: 1})) }
			if err := NewSumOperator(c, sum("b"), sum("a")).Apply(want, x); err != nil {
				t.Fatal(err)
			}
			if !mat.EqualApprox(got, want, 1e-12) {
				t.Errorf("standard %v: other numbers", standard)
			}
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

// The text of a row is that of its cells; a line for each row, whatever its levels are.
func TestRowTextSaysWhatTheCellsAre(t *testing.T) {
	cells, c := table(t, true)
	r := newRowText(c)
	x := encodedRows(c, cells, 100)
	lines := must(r.lines(x))
	back := mat.NewDense(1, c.Dim(), nil)
	for i, l := range lines {
		parts := strings.Split(l, ",")
		m, z, k := string(cells.AppendText(nil, i, 2)), string(cells.AppendText(nil, i, 3)), string(cells.AppendText(nil, i, 4))
		if len(parts) != 5 || parts[4] != k || (parts[2] == "") != (m == "") || (parts[3] == "3" || parts[3] == "3.000") != (z == "3.000") {
			t.Fatalf("row %d is %q: m %q, z %q, k %q", i, l, m, z, k)
		}
		if m == "" || z == "3.000" {
			continue // without a number
		}
		if err := r.encode(back.RawRowView(0), []byte(l)); err != nil {
			t.Fatal(err)
		}
		for j, v := range back.RawRowView(0) {
			if math.Abs(v-x.At(i, j)) > 0.01 { // atoms and missing cells are rounded
				t.Fatalf("row %d %q: position %d is %g, was %g", i, l, j, v, x.At(i, j))
			}
		}
	}
	for line, want := range map[string]string{
		"1,2":       "2 cells in the answer, want 5",
		"1,x,,2,u":  `column "b": "x"`,
		"1,2,3,4,w": "w",
		`1,"`:       "no row of CSV",
	} {
		if err := r.encode(back.RawRowView(0), []byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", line, err, want)
		}
	}
}

// By the pseudo-inverse, with units of its own, a command guides as ΠGDM of the column does
// in encoded rows: the slope of 100 a, and its noise, count for nothing.
func TestCommandByPseudoInverse(t *testing.T) {
	_, c := table(t, true)
	at := numberAt(t, c, "a")
	value := 2.25
	prior, err := sde.NewGaussian(make([]float64, c.Dim()), unit(c.Dim()), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	// a has two decimals and no exponent, so that the shell can move its point.
	forward := `read header; while IFS=, read -r a rest; do echo "${a}e2"; done`
	// The other columns are at the means of the table.
	zero := mat.NewDense(1, c.Dim(), nil)
	rest := strings.SplitN(must(newRowText(c).lines(zero))[0], ",", 2)[1]
	inverse := `read header; while read -r y; do echo "${y}e-2,` + rest + `"; done`
	f := parse(t, fmt.Sprintf("{command: %q, inverse: %q, value: %g, noise: 10}", script(t, forward), script(t, inverse), 100*value))
	started, stop := f.Start(t.Context())
	defer stop()
	terms := must(started.Build(c, ""))

	_, std, _ := c.Affine(at)
	y := c.FromValue(at, value)
	want := guide.New(prior, guide.PiGDM{Observation: sde.Observation{A: sde.Columns{Dim: c.Dim(), Index: []int{at}}, Y: dense(1, 1, y), Error: sde.NormalError{SD: 0.1 / std}}})
	got := guide.New(prior, terms...)
	if err := got.Err(); err != nil {
		t.Fatal(err)
	}
	x := mat.NewDense(3, c.Dim(), nil)
	for i := range 3 {
		x.Set(i, at, float64(i)-1)
	}
	for _, u := range []float64{0.9, 0.3} {
		a, b := mat.NewDense(3, c.Dim(), nil), mat.NewDense(3, c.Dim(), nil)
		if err := got.Denoise(a, x, []float64{u}); err != nil {
			t.Fatal(err)
		}
		if err := want.Denoise(b, x, []float64{u}); err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(a, b, 1e-6) {
			t.Errorf("t = %g:\n%.6f\nwant\n%.6f", u, mat.Formatted(a), mat.Formatted(b))
		}
	}
}

func unit(d int) *mat.SymDense {
	s := mat.NewSymDense(d, nil)
	for j := range d {
		s.SetSym(j, j, 1)
	}
	return s
}

// Ensemble Kalman guidance by a command is that by the column it gives; and FK weighs by
// the same likelihood.
func TestCommandIsTheColumnItGives(t *testing.T) {
	cells, c := table(t, false)
	command := parse(t, fmt.Sprintf("{command: %q, value: [0.5, 2], noise: 0.3}", script(t, second)))
	column := parse(t, "{linear: [{weights: {b: 1}, value: 0.5}, {weights: {a: 1}, value: 2}], noise: 0.3}")
	prior, err := sde.NewGaussian(make([]float64, c.Dim()), unit(c.Dim()), sde.VP{})
	if err != nil {
		t.Fatal(err)
	}
	started, stop := command.Start(t.Context())
	defer stop()
	draw := func(f *File) *mat.Dense {
		e := sample.EnKG{Model: prior, Observations: must(f.Ensemble(c))}
		return must(sample.RunEnKG(t.Context(), e, sample.DDIM{}, 2, 24, &sample.Options{Steps: 6})).X
	}
	if got, want := draw(started), draw(column); !mat.EqualApprox(got, want, 1e-6) {
		t.Error("ensembles differ")
	}
	x := encodedRows(c, cells, 30)
	got, want := make([]float64, 30), make([]float64, 30)
	if err := guide.New(prior, must(started.Build(c, "fk"))...).LogLikelihood(got, x); err != nil {
		t.Fatal(err)
	}
	if err := guide.New(prior, must(column.Build(c, "fk"))...).LogLikelihood(want, x); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if !near(v, want[i], 1e-9) {
			t.Fatalf("row %d: log p(y|x) %g, want %g", i, v, want[i])
		}
	}
}

func TestCommandRefusals(t *testing.T) {
	_, c := table(t, true)
	for entry, want := range map[string]string{
		"{command: no-such-program-here, value: 1, noise: 1}":               `command: the program "no-such-program-here" is not there`,
		"{command: 'true | false', value: 1, noise: 1}":                     "only a shell understands",
		"{command: 'true', noise: 1}":                                       "value is missing",
		"{command: 'true', value: .nan, noise: 1}":                          "value is NaN",
		"{command: 'true', value: 1}":                                       "noise is missing",
		"{command: 'true', value: 1, noise: 1, observe: {a: 1}}":            "stands alone",
		"{command: 'true', value: 1, noise: 1}":                             "use method fk or enkg, or pigdm with an inverse",
		"{command: 'true', value: 1, noise: 1, method: mmps}":               "mmps: a command has no derivative: use method fk or enkg, or pigdm",
		"{command: 'true', value: 1, noise: 1, method: pigdm}":              "pigdm needs the key inverse",
		"{command: 'true', value: 1, noise: 1, strength: 2}":                "takes no command",
		"{command: 'true', inverse: no-such, value: 1, noise: 1}":           `inverse: the program "no-such"`,
		"{observe: {a: 1}, value: 1, noise: 1}":                             "value is that of a formula or a command",
		"{within: {column: a, min: 0}, command: 'true'}":                    "stand alone",
		"{command: 'true', value: 1, noise: 1, inverse: 'true', zeta: 0.1}": "takes no command",
	} {
		_, err := parse(t, entry).Build(c, "")
		refuses(t, entry, err, "g.yaml: guide 1: ", want)
	}
	for entry, want := range map[string]string{
		"{command: 'true', value: x, noise: 1}":                "give a number, or a list",
		"{command: 'true', value: 1, noise: 1, timeout: soon}": "give seconds, or a duration",
		"{command: 'true', value: 1, noise: 1, timeout: 0}":    "between 1ms and 1000h",
	} {
		_, err := Parse("g.yaml", []byte("guide: ["+entry+"]"))
		refuses(t, entry, err, want)
	}
	for text, want := range map[string]time.Duration{"2": 2 * time.Second, "2s": 2 * time.Second, "0.5": time.Second / 2, "3m": 3 * time.Minute} {
		if got := parse(t, "{command: 'true', value: 1, noise: 1, timeout: "+text+"}").Terms[0].Timeout; time.Duration(got) != want {
			t.Errorf("timeout %s is %v", text, time.Duration(got))
		}
	}
	f := parse(t, "{command: 'true', value: 1, noise: 1, timeout: 2s}")
	for _, method := range []string{"tds", "mcgdiff", "fkc", "diffpir", "ddnm", "daps", "dps-step", "gibbs"} {
		refuses(t, method, f.CheckMethod(method), method, "use method fk or enkg, or pigdm with an inverse")
		_, err := f.Measurement(c, method)
		refuses(t, method, err, "use method fk or enkg")
	}
	if f.CheckMethod("guided") != nil || f.CheckMethod("enkg") != nil || f.CheckMethod("fk") != nil || parse(t, "{observe: {a: 1}, noise: 1}").CheckMethod("tds") != nil {
		t.Error("a method that takes commands is refused")
	}
	_, err := parse(t, "{reward: {weights: {a: 1}}}").Ensemble(c)
	refuses(t, "reward", err, "enkg takes observations alone")
	_, err = parse(t, "{observe: {a: 1}, noise: 1, method: dps}").Ensemble(c)
	refuses(t, "method", err, "enkg is none")
}

// What goes wrong in the program ends the evaluation; the row is named.
func TestCommandFailuresNameTheRow(t *testing.T) {
	cells, c := table(t, true)
	x := encodedRows(c, cells, 3)
	for text, want := range map[string]string{
		`read h; read r; echo 1; echo "no mesh" >&2; exit 4`: "exit status 4); its stderr ends: no mesh",
		`read h; read r; echo 1; read r; echo 1 2; sleep 9`:  "2 numbers",
		`read h; read r; echo 1; read r; echo NaN; sleep 9`:  "not finite",
		`read h; read r; echo 1; sleep 99`:                   "no answer within 200ms",
	} {
		f := parse(t, fmt.Sprintf("{command: %q, value: 1, noise: 1, timeout: 200ms}", script(t, text)))
		started, stop := f.Start(t.Context())
		err := must(started.Observations(c))[0].A.Apply(mat.NewDense(3, 1, nil), x)
		stop()
		refuses(t, text, err, "row 2 of 3", must(newRowText(c).lines(x))[1], want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started, stop := parse(t, fmt.Sprintf("{command: %q, value: [1, 2], noise: 1}", script(t, second))).Start(ctx)
	defer stop()
	cancel()
	if err := must(started.Observations(c))[0].A.Apply(mat.NewDense(3, 2, nil), x); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}
