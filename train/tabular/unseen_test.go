package tabular

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
)

func csvText(text string) datasets.Source {
	return datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}

// ordersModel is a model of little training, with a constant, an empty column and a label.
func ordersModel(t *testing.T, encoding string, labels ...string) *Model {
	t.Helper()
	var b strings.Builder
	b.WriteString("amount,town,currency,none,kind\n")
	for i := range 120 {
		fmt.Fprintf(&b, "%d.5,%s,EUR,,%s\n", i%40, []string{"Rome", "Oslo", "Bern"}[i%3], []string{"u", "v"}[i%2])
	}
	m, err := Fit(context.Background(), csvText(b.String()), &Options{Conditions: labels, Encoding: encoding, Steps: 20, Hidden: 8, Layers: 1, Batch: 32})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Cells that training had not stay, and the others of their rows are filled.
func TestImputeKeepsWhatIsUnseen(t *testing.T) {
	const rows = "amount,town,currency,none,kind\n1e30,,,,u\n,Pariss,USD,new,\n0.5,Rome,EUR,,w\n,Oslo,EUR,,w\n-7,Oslo,EUR,,v\n,Pariss,EUR,,v\n"
	for _, encoding := range []string{"standard", "quantile"} {
		for _, labels := range [][]string{nil, {"kind"}} {
			m := ordersModel(t, encoding, labels...)
			text := rows
			if labels != nil { // labels must be known
				text = strings.Replace(rows, "new,\n", "new,u\n", 1)
			}
			f, err := m.NewImputer(&Imputation{Seed: 1, Sampler: sample.Sampler{NFE: 6}})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := f.Rewrite(context.Background(), csvText(text), datasets.CSV, []io.Writer{&out}); err != nil {
				t.Fatal(err)
			}
			got := strings.Split(strings.TrimSpace(out.String()), "\n")
			for i, want := range []string{"", `1e30,X,EUR,,u`, `N,Pariss,USD,new,K`, `0.5,Rome,EUR,,w`, `N,Oslo,EUR,,w`, `-7,Oslo,EUR,,v`, `N,Pariss,EUR,,v`} {
				if i == 4 && labels != nil {
					want = ",Oslo,EUR,,w" // there is no law for this label
				}
				if i > 0 && !fitsRow(got[i], want) {
					t.Errorf("%s, labels %v: row %d is %q, want %s", encoding, labels, i, got[i], want)
				}
			}
			s, err := m.CountMissing(csvText(text))
			if err != nil {
				t.Fatal(err)
			}
			cells := 6
			if labels != nil {
				cells = 4
			}
			if s.Cells != cells || s.Strange == nil || !strings.Contains(s.Strange.Error(), `row 2, column "amount": "1e30" is beyond the range`) {
				t.Errorf("labels %v: %d cells, %v", labels, s.Cells, s.Strange)
			}
			// The row's other cells are as if the number were the end of the range.
			end, err := m.Impute(context.Background(), csvText(strings.Replace(text, "1e30", "39.5", 1)), &Imputation{Seed: 1, Sampler: sample.Sampler{NFE: 6}})
			if err != nil {
				t.Fatal(err)
			}
			if want := string(end[0].AppendText(nil, 0, 1)); !strings.HasPrefix(got[1], "1e30,"+want+",") {
				t.Errorf("%s: %q beyond the range, %s at its end", encoding, got[1], want)
			}
			if !end[0].Missing(1, 1) {
				t.Error("an unseen level became another one")
			}
		}
	}
}

// fitsRow compares a row with one in which N is a number, X a town and K a kind.
func fitsRow(got, want string) bool {
	a, b := strings.Split(got, ","), strings.Split(want, ",")
	if len(a) != len(b) {
		return false
	}
	for k, v := range b {
		ok := a[k] == v
		switch v {
		case "N":
			ok = strings.Contains(a[k], ".")
		case "X":
			ok = a[k] == "Rome" || a[k] == "Oslo" || a[k] == "Bern"
		case "K":
			ok = a[k] == "u" || a[k] == "v"
		}
		if !ok {
			return false
		}
	}
	return true
}

// Rows without a finite log density say why, and change no other row.
func TestDensitiesOfUnseenValues(t *testing.T) {
	m := ordersModel(t, "standard", "kind")
	const good = "amount,town,currency,none,kind\n1.5,Rome,EUR,,u\n2.5,Rome,EUR,,u\n2.5,Rome,EUR,,u\n2.5,Rome,EUR,,u\n3.5,Oslo,EUR,,v\n"
	const odd = "amount,town,currency,none,kind\n1.5,Rome,USD,1,u\n2.5,Pariss,EUR,,u\n2.5,,EUR,,u\n2.5,Rome,EUR,,w\n3.5,Oslo,,,v\n"
	densities := func(text string) *Densities {
		c, err := m.ReadAnyRows(csvText(text))
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.Densities(context.Background(), c, &DensityOptions{Probes: 8})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want, got := densities(good), densities(odd)
	if got.LogProb[0] != want.LogProb[0] || got.LogProb[4] != want.LogProb[4] || len(want.NotFinite) != 0 {
		t.Errorf("log densities %v, %v", got.LogProb, want.LogProb)
	}
	if !math.IsInf(got.LogProb[1], -1) || !math.IsNaN(got.LogProb[2]) || !math.IsNaN(got.LogProb[3]) || got.StdErr[1] != 0 {
		t.Errorf("log densities %v, errors %v", got.LogProb, got.StdErr)
	}
	for k, why := range []string{`a value in "town" that training had not`, `a missing cell in "town"`, `no label in "kind"`} {
		if len(got.NotFinite) != 3 || got.NotFinite[k].Row != k+1 || !strings.Contains(got.NotFinite[k].Reason, why) {
			t.Fatalf("%+v", got.NotFinite)
		}
	}
	if d := densities("amount,town,currency,none,kind\n1.5,Bonn,EUR,,u\n"); len(d.LogProb) != 1 || !math.IsInf(d.LogProb[0], -1) {
		t.Errorf("a table of one such row: %v", d.LogProb)
	}
	if d := densities("amount,town,currency,none,kind\n1e300,Rome,EUR,,u\n"); len(d.NotFinite) != 1 || !strings.Contains(d.NotFinite[0].Reason, "so far from all") {
		t.Errorf("far away: %v, %+v", d.LogProb, d.NotFinite)
	}
	if _, err := m.ReadRows(csvText(odd)); err == nil || !strings.Contains(err.Error(), `data row 2`) {
		t.Error(err)
	}
}

// A number that rows are labeled with may lie between those that training had: the label has no law of its own. A column each of
// whose values is a level has probability 0 beside them, and the row says so.
func TestDensitiesBetweenCodes(t *testing.T) {
	var table strings.Builder
	table.WriteString("code,x\n")
	for i := range 300 {
		v := []int{1, 2, 4, 5, 9}[i%5]
		fmt.Fprintf(&table, "%d,%.3f\n", v, float64(v)+float64(i%7)/7)
	}
	for _, label := range []bool{true, false} {
		o := &Options{Steps: 60, Hidden: 16, Layers: 1}
		if label {
			o.Conditions, o.Infer = []string{"code"}, &datasets.InferOptions{Types: map[string]datasets.Type{"code": datasets.TypeNumeric}}
		}
		m, err := Fit(context.Background(), csvText(table.String()), o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.ReadAnyRows(csvText("code,x\n3,3.1\n4,4.1\n"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := m.Densities(context.Background(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if finite := !math.IsInf(d.LogProb[0], 0) && !math.IsNaN(d.LogProb[0]); finite != label || math.IsInf(d.LogProb[1], 0) {
			t.Errorf("a label: %v, log densities %v, %+v", label, d.LogProb, d.NotFinite)
		}
		if !label && !strings.Contains(d.NotFinite[0].Reason, "a value in \"code\" that training had not") {
			t.Errorf("%+v", d.NotFinite)
		}
	}
}
