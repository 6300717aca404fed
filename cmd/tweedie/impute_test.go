package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
)

// gappy is a table in which a = b + noise, zero or not, and c tells the sign of b;
// id is an identifier, and cells are missing of all but d.
func gappy(rows int) string {
	var t strings.Builder
	t.WriteString("id,a,b,c,zero,d\n")
	for i := range rows {
		u := func(k int) float64 { // in (0, 1), without a pattern that matters
			v := math.Sin(float64(i)*12.9898+float64(k)*78.233) * 43758.5453
			return v - math.Floor(v)
		}
		b := math.Sqrt(-2*math.Log(u(1)+1e-9)) * math.Cos(2*math.Pi*u(2))
		cells := []string{fmt.Sprintf("R%04d", i), fmt.Sprintf("%.2f", b+0.2*(u(3)-0.5)), fmt.Sprintf("%.3f", b), "minus", "0", fmt.Sprintf("%.1f", 5*u(4))}
		if b > 0 {
			cells[3], cells[4] = "plus", fmt.Sprintf("%.2f", 10*b)
		}
		for j := 1; j < 5; j++ {
			if u(10+j) < 0.1 {
				cells[j] = []string{"", "NA"}[i%2]
			}
		}
		t.WriteString(strings.Join(cells, ",") + "\n")
	}
	return t.String()
}

// trainedOn trains a small model on a table.
func trainedOn(t *testing.T, text string, more ...string) (model, table string) {
	t.Helper()
	dir := t.TempDir()
	model, table = filepath.Join(dir, "m.st"), filepath.Join(dir, "t.csv")
	if err := os.WriteFile(table, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	command(t, append([]string{"train", "--data", table, "--out", model, "--steps", "500", "--hidden", "32", "--layers", "2", "--batch", "128"}, more...)...)
	return model, table
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func isGap(cell string) bool { return cell == "" || cell == "NA" }

// notKept says what is wrong with a filled table: a known cell that changed, a
// missing one that is missing still, a row too few.
func notKept(table, full [][]string) string {
	if len(table) != len(full) {
		return fmt.Sprintf("%d rows became %d", len(table), len(full))
	}
	for i := range table {
		for j, cell := range table[i] {
			switch got := full[i][j]; {
			case isGap(cell) && isGap(got):
				return fmt.Sprintf("row %d, column %d is missing still", i, j)
			case !isGap(cell) && got != cell:
				return fmt.Sprintf("row %d, column %d: %q became %q", i, j, cell, got)
			}
		}
	}
	return ""
}

// Known cells stay, missing ones get values that follow from the others.
func TestImpute(t *testing.T) {
	model, table := trainedOn(t, gappy(600))
	out := filepath.Join(t.TempDir(), "full.csv")
	command(t, "impute", "--model", model, "--in", table, "--out", out, "--nfe", "20")
	in, full := readCSV(t, table), readCSV(t, out)
	if s := notKept(in, full); s != "" {
		t.Error(s)
	}
	full[7][0] = "R9999"
	if notKept(in, full) == "" {
		t.Error("an identifier that changed passes")
	}
	n, near, right, signs, zeros := 0, 0, 0, 0, 0
	for i := 1; i < len(in); i++ {
		b, err := strconv.ParseFloat(full[i][2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if isGap(in[i][1]) && !isGap(in[i][2]) {
			a, _ := strconv.ParseFloat(full[i][1], 64)
			n++
			if math.Abs(a-b) < 0.5 {
				near++
			}
		}
		if isGap(in[i][3]) && !isGap(in[i][2]) && math.Abs(b) > 0.3 {
			signs++
			if (full[i][3] == "plus") == (b > 0) {
				right++
			}
		}
		if isGap(in[i][4]) && full[i][4] == "0" {
			zeros++
		}
	}
	// By chance, 28 % would be near and half the signs right.
	if float64(near) < 0.7*float64(n) || float64(right) < 0.8*float64(signs) || n < 30 || signs < 30 {
		t.Errorf("%d of %d numbers are near, %d of %d signs right", near, n, right, signs)
	}
	if zeros == 0 {
		t.Error("the atom is never drawn")
	}
}

// A draw is a function of the seed, k, the row's index and its known cells: not of
// blocks, workers or other rows.
func TestFillIsAFunctionOfTheRow(t *testing.T) {
	model, table := trainedOn(t, gappy(300), "--steps", "20", "--dropout", "0.25")
	b, err := loadBundle(model)
	if err != nil {
		t.Fatal(err)
	}
	if b.dropout() != 0.25 {
		t.Fatalf("the file says that %g was dropped", b.dropout())
	}
	src, err := datasets.OpenTable(table)
	if err != nil {
		t.Fatal(err)
	}
	c, err := datasets.ReadCells(src, b.codec.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dpmpp2m", "dpmpp2m-sde"} {
		how, err := (&methodFlags{sampler: name, nfe: 6}).on(b.model.Schedule())
		if err != nil {
			t.Fatal(err)
		}
		f := &filler{bundle: b, method: how, options: func() *sample.Options { return &sample.Options{NFE: 6} }, seed: 5, workers: 1}
		fill := func(c *datasets.Cells, first, k int) *datasets.Cells {
			d := datasets.NewCells(c.Metadata(), 0)
			if err := f.fill(context.Background(), d, c, first, k); err != nil {
				t.Fatal(err)
			}
			return d
		}
		sure := fill(c, 0, 1)
		f.dropout = b.dropout()
		all := fill(c, 0, 1)
		if differ(sure, all) == "" {
			t.Errorf("%s: nothing is left out", name)
		}
		f.workers = 3
		var idx []int
		for i := 50; i < 260; i++ {
			idx = append(idx, i)
		}
		if s := differ(all.Subset(idx), fill(c.Subset(idx), 50, 1)); s != "" {
			t.Errorf("%s: another block: %s", name, s)
		}
		if differ(all, fill(c, 0, 2)) == "" || differ(all.Subset(idx), fill(c.Subset(idx), 51, 1)) == "" {
			t.Errorf("%s: another draw, or another row, is the same", name)
		}
		whole := subset(c)
		for i := range whole.Rows() {
			if i%3 > 0 {
				for j := range c.Metadata().Columns {
					whole.Copy(i, j, all, i)
				}
			}
		}
		if s := differ(all, fill(whole, 0, 1)); s != "" {
			t.Errorf("%s: with other rows whole: %s", name, s)
		}
	}
}

// differ says where two tables differ.
func differ(a, b *datasets.Cells) string {
	for i := range a.Rows() {
		for j, f := range a.Metadata().Columns {
			if x, y := string(a.AppendText(nil, i, j)), string(b.AppendText(nil, i, j)); x != y {
				return fmt.Sprintf("row %d, %s: %q and %q", i, f.Name, x, y)
			}
		}
	}
	return ""
}

// A cell of which nothing is known is told to have a value, in the way that its
// column can be told.
func TestGaps(t *testing.T) {
	model, _ := trainedOn(t, gappy(300), "--steps", "1")
	b, err := loadBundle(model)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range b.gaps() {
		f := &b.codec.Metadata().Columns[g.column]
		y := make([]float64, b.codec.Dim())
		for j := range y {
			y[j] = math.NaN()
		}
		g.tell(y)
		got := ""
		for _, k := range b.blocks {
			if k.Column == f.Name {
				for l := range k.Len {
					got += fmt.Sprint(" ", y[k.Start+l])
				}
			}
		}
		want := map[string]string{
			"a":    " 1 0 NaN",       // present, missing; the number
			"b":    " 1 0 NaN",       //
			"c":    " NaN NaN 0",     // minus, plus, missing
			"zero": " NaN NaN 0 NaN", // present, 0, missing; the number
			"d":    " NaN",
		}[f.Name]
		if got != want {
			t.Errorf("%s: told%s, want%s", f.Name, got, want)
		}
	}
}

func TestConsensus(t *testing.T) {
	m := &datasets.Metadata{Columns: []datasets.Field{
		{Name: "x", Type: datasets.TypeNumeric, Wide: true, Digits: &datasets.Digits{Max: 1}},
		{Name: "k", Type: datasets.TypeCategorical, Levels: []datasets.Level{{Name: "u"}, {Name: "v"}, {Name: "w"}}},
	}}
	of := func(numbers []float64, levels []int) string {
		var draws []*datasets.Cells
		for i, v := range numbers {
			d := datasets.NewCells(m, 1)
			d.SetNumber(0, 0, v)
			d.SetLevel(0, 1, levels[i])
			draws = append(draws, d)
		}
		c := datasets.NewCells(m, 1)
		consensus(c, draws)
		return fmt.Sprint(c.Number(0, 0), c.Level(0, 1))
	}
	for _, c := range []struct {
		numbers []float64
		levels  []int
		want    string
	}{
		{[]float64{3, 1, 2}, []int{2, 1, 2}, "2 2"},
		{[]float64{9, 1, 2, 3}, []int{2, 1, 1, 2}, "3 1"}, // the mean is above 3
		{[]float64{-9, 1, 2, 3}, []int{0, 1, 1, 1}, "1 1"},
		{[]float64{5}, []int{0}, "5 0"},
	} {
		if got := of(c.numbers, c.levels); got != c.want {
			t.Errorf("%v, %v: %s, want %s", c.numbers, c.levels, got, c.want)
		}
	}
}

func TestNumbered(t *testing.T) {
	if got := []string{numbered("a/b.csv", 2), numbered("x.tar.parquet", 10), numbered("plain", 1)}; !slices.Equal(got, []string{"a/b.2.csv", "x.tar.10.parquet", "plain.1"}) {
		t.Error(got)
	}
}
