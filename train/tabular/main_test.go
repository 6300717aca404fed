package tabular

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"

	"tweedie/datasets"
)

// source is a table of a text.
func source(name, text string) datasets.Source {
	return datasets.CSVSource(name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
}

// mixedText is a table of sizes (numbers of two decimals), counts (0 to 9, or
// missing), kinds, and a label.
func mixedText(rows int) string {
	var b strings.Builder
	b.WriteString("size,count,kind,label\n")
	for i := range rows {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		count := fmt.Sprint(int(10 * v))
		if i%5 == 0 {
			count = ""
		}
		fmt.Fprintf(&b, "%.2f,%s,%s,%s\n", 10+5*u+v, count, []string{"red", "green", "blue"}[int(3*u)], []string{"yes", "no"}[int(2*v)])
	}
	return b.String()
}

// quick are options of a training of a tenth of a second.
func quick(conditions ...string) *Options {
	return &Options{Conditions: conditions, Hidden: 32, Layers: 1, Steps: 100, Batch: 128, Encoding: "standard", Seed: 3}
}

var models = struct {
	sync.Mutex
	by map[string]*Model
}{by: map[string]*Model{}}

// model returns a trained model of the mixed table, with those label columns.
func model(t testing.TB, conditions ...string) *Model {
	t.Helper()
	models.Lock()
	defer models.Unlock()
	key := strings.Join(conditions, ",")
	if models.by[key] == nil {
		m, err := Fit(context.Background(), source("mixed.csv", mixedText(300)), quick(conditions...))
		if err != nil {
			t.Fatal(err)
		}
		models.by[key] = m
	}
	return models.by[key]
}

// text is a table as CSV.
func text(t testing.TB, c *datasets.Cells) string {
	t.Helper()
	var b strings.Builder
	w := datasets.NewCSVCells(&b, c.Metadata(), 0)
	if err := w.Write(c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
