package tabular

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"tweedie/datasets"
	"tweedie/sample"
)

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
	table := gapsText(600)
	m := fit(table, Options{Steps: 500, Hidden: 32, Layers: 2, Batch: 128})
	imputer := must(m.NewImputer(&Imputation{Sampler: sample.Sampler{NFE: 20}}))
	var out strings.Builder
	if err := imputer.Rewrite(context.Background(), source("t.csv", table), datasets.CSV, []io.Writer{&out}); err != nil {
		t.Fatal(err)
	}
	in, full := records(table), records(out.String())
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
	// By chance, 28 % would be near and half the signs right. Models of this size have 73 %
	// near over many seeds: half is three standard deviations from either.
	if float64(near) < 0.5*float64(n) || float64(right) < 0.8*float64(signs) || n < 30 || signs < 30 {
		t.Errorf("%d of %d numbers are near, %d of %d signs right", near, n, right, signs)
	}
	if zeros == 0 {
		t.Error("the atom is never drawn")
	}
}

// A draw is a function of the seed, k, the row's index and its known cells: not of
// blocks, workers or other rows.
func TestFillIsAFunctionOfTheRow(t *testing.T) {
	table := gapsText(300)
	m := fit(table, Options{Steps: 20, Hidden: 32, Layers: 2, Batch: 128, Dropout: 0.25})
	if m.dropout() != 0.25 {
		t.Fatalf("the file says that %g was dropped", m.dropout())
	}
	c := cellsOf(m, table)
	for _, name := range []string{"dpmpp2m", "dpmpp2m-sde"} {
		f := must(m.NewImputer(&Imputation{Sampler: sample.Sampler{Name: name, NFE: 6}, Seed: 5, Workers: 1, Dropout: -1}))
		fill := func(c *datasets.Cells, first, k int) *datasets.Cells {
			d := datasets.NewCells(c.Metadata(), 0)
			if err := f.FillDraw(context.Background(), d, c, first, k); err != nil {
				t.Fatal(err)
			}
			return d
		}
		sure := fill(c, 0, 1)
		f.Dropout = m.dropout()
		all := fill(c, 0, 1)
		if differ(sure, all) == "" {
			t.Errorf("%s: nothing is left out", name)
		}
		f.Workers = 3
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
		whole := datasets.NewCells(c.Metadata(), c.Rows())
		copyCells(whole, c)
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

// Of a missing cell it is known that it has a value, in the way that its column says so.
func TestMissingCellsHaveAValue(t *testing.T) {
	b := fit(gapsText(300), Options{Steps: 1, Hidden: 32, Layers: 2, Batch: 128})
	for _, g := range b.imputable() {
		f := &b.codec.Metadata().Columns[g.index]
		y := make([]float64, b.codec.Dim())
		for j := range y {
			y[j] = math.NaN()
		}
		g.exclude(y)
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
			t.Errorf("%s: known%s, want%s", f.Name, got, want)
		}
	}
}
