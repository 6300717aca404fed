package sbi

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/datasets"
)

func tableOf(t *testing.T, name, text string) datasets.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	src, err := datasets.OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func arrayOf(t *testing.T, rows *mat.Dense) datasets.Source {
	t.Helper()
	_, w := rows.Dims()
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := datasets.WriteTable(path, datasets.NumberTable(numbered("c", w), rows)); err != nil {
		t.Fatal(err)
	}
	src, err := datasets.OpenTable(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestReadObservations(t *testing.T) {
	names := []string{"u", "v"}
	o, err := ReadObservations(tableOf(t, "o.csv", "v,observation,u\n2,east,1\n4,west,3\n"), names)
	if err != nil || o.X.At(1, 0) != 3 || o.X.At(1, 1) != 4 || o.Label(1) != "west" || o.Rows() != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = ReadObservations(tableOf(t, "o.csv", "u,v\n1,2\n3,4\n"), names); err != nil || o.Label(1) != "2" || o.Labels != nil {
		t.Errorf("%+v, %v", o, err)
	}
	// An array of one dimension is one observation, and one of two has a row for each.
	if o, err = ReadObservations(arrayOf(t, mat.NewDense(2, 1, []float64{5, 6})), names); err != nil || o.Rows() != 1 || o.X.At(0, 1) != 6 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = ReadObservations(arrayOf(t, mat.NewDense(3, 2, nil)), names); err != nil || o.Rows() != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = ReadObservations(tableOf(t, "o.csv", "observation\n7\n8\n"), []string{"observation"}); err != nil || o.X.At(1, 0) != 8 || o.Labels != nil {
		t.Errorf("a column of the data that is called observation: %+v, %v", o, err)
	}
	for want, src := range map[string]datasets.Source{
		"observations of 1 numbers, and the simulations have 2": arrayOf(t, mat.NewDense(3, 1, nil)),
		"the observation a is there twice":                      tableOf(t, "o.csv", "observation,u,v\na,1,2\na,1,2\n"),
		`no column is called "v"`:                               tableOf(t, "o.csv", "u\n1\n"),
		`column "w": a column beside "u", "v"`:                  tableOf(t, "o.csv", "u,v,w\n1,2,3\n"),
	} {
		if _, err := ReadObservations(src, names); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Rows of parameters belong to the observations that they name, or to all.
func TestReadTheta(t *testing.T) {
	m := linearModel(t)
	two := &Observations{X: mat.NewDense(2, 2, []float64{1, 0, -1, 0}), Labels: []string{"east", "west"}}
	theta, of, err := m.ReadTheta(tableOf(t, "t.csv", "observation,a_2,a_1\nwest,2,1\neast,0,0.5\nwest,0,3\n"), two)
	if err != nil || theta.At(0, 0) != 1 || theta.At(0, 1) != 2 || of[0] != 1 || of[1] != 0 || of[2] != 1 {
		t.Fatalf("%v %v %v", theta, of, err)
	}
	p := posterior(t, m, 1, 0, -1, 0)
	q, err := p.Of(of)
	if err != nil {
		t.Fatal(err)
	}
	got, err := q.LogProb(t.Context(), theta, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range of {
		one, err := p.observation(k).LogProb(t.Context(), theta.Slice(i, i+1, 0, 2).(*mat.Dense), nil)
		if err != nil || math.Abs(got[i]-one[0]) > 1e-3 {
			t.Errorf("row %d: %v, alone %v, %v", i, got[i], one, err)
		}
	}
	theta, of, err = m.ReadTheta(tableOf(t, "t.csv", "a_1,a_2\n1,2\n3,4\n"), two)
	if err != nil || !slices.Equal(of, []int{0, 0, 1, 1}) || !slices.Equal(theta.RawMatrix().Data, []float64{1, 2, 3, 4, 1, 2, 3, 4}) {
		t.Errorf("%v, %v, %v", theta, of, err)
	}
	for want, text := range map[string]string{
		"row 1: there is no observation north": "a_1,a_2,observation\n1,2,north\n",
		`no column is called "a_1"`:            "b,a_2\n1,2\n",
	} {
		if _, _, err := m.ReadTheta(tableOf(t, "t.csv", text), two); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Quantiles are those of a law that is known, and of a few draws by hand.
func TestSummarize(t *testing.T) {
	n := 1001
	theta := mat.NewDense(n, 2, nil)
	for i := range n {
		theta.SetRow(i, []float64{float64((5 * i) % n), float64(i % 2)})
	}
	s := Summarize([]string{"a", "b"}, theta, 0.9)
	if a := s[0]; math.Abs(a.Mean-500) > 1e-9 || a.Median != 500 || math.Abs(a.Low-50) > 1e-9 || math.Abs(a.High-950) > 1e-9 || math.Abs(a.SD-289.1078) > 1e-3 {
		t.Errorf("%+v", a)
	}
	if b := s[1]; b.Name != "b" || b.Median != 0 || b.High != 1 || b.MAP != nil {
		t.Errorf("%+v", b)
	}
	if one := Summarize([]string{"a"}, mat.NewDense(1, 1, []float64{3}), 0.5)[0]; one.Mean != 3 || one.Low != 3 || one.SD != 0 {
		t.Errorf("%+v", one)
	}
}

func TestParseBlocks(t *testing.T) {
	if b, err := ParseBlocks("4x2"); err != nil || b != (Blocks{Points: 4, Width: 2}) {
		t.Errorf("%v, %v", b, err)
	}
	for _, text := range []string{"", "4", "x2", "1x8", "4x0", "4x2x1", "-4x2", "9999999x1"} {
		if _, err := ParseBlocks(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Draws of several observations are summed up apart, and modes are theirs.
func TestInferred(t *testing.T) {
	m := &Model{prior: mixedPrior(t)}
	theta := mat.NewDense(6, 4, nil)
	theta.Apply(func(i, j int, _ float64) float64 { return float64(10*(i/3) + i%3 + 100*j) }, theta)
	o := &Observations{X: mat.NewDense(2, 1, nil), Labels: []string{"first", "second"}}
	list := m.Inferred(&Draws{Theta: theta}, o, 0.9)
	SetMAP(list, mat.NewDense(2, 4, []float64{1, 2, 3, 4, 5, 6, 7, 8}), []float64{-1, -2})
	if len(list) != 2 || list[1].Observation != "second" || list[1].Parameters[2].Mean != 211 || list[0].Parameters[3].Median != 301 {
		t.Errorf("%+v", list)
	}
	if *list[1].Parameters[0].MAP != 5 || *list[0].Parameters[3].MAP != 4 || *list[1].MAPLogProb != -2 || list[1].Draws.At(0, 0) != 10 {
		t.Errorf("%+v", list)
	}
	b, err := json.Marshal(list[0])
	if err != nil || !strings.HasPrefix(string(b), `{"observation":"first","parameters":[{"name":"a","mean":1,`) || !strings.HasSuffix(string(b), `"map_log_prob":-1}`) {
		t.Errorf("%s, %v", b, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("draws that are not as many for each are summed up")
		}
	}()
	m.Inferred(&Draws{Theta: theta.Slice(0, 5, 0, 4).(*mat.Dense)}, o, 0.9)
}
