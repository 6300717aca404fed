package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func drawing(d Drawing) string { return string(draw(Panel{Title: "t<", Drawing: d})) }

// Drawings escape their text, stay within their view and have what they are given.
func TestDrawings(t *testing.T) {
	for name, c := range map[string]struct {
		d    Drawing
		want []string
		not  string
	}{
		"bins":   {Bins{Low: "lo<", High: "hi", First: []float64{0.5, 0.25}, Second: []float64{0, 0.5}}, []string{"lo&lt;", `d="M0 96V6H120V51H240V96Z"`, `d="M0 96V96H120V6H240V96"`}, "NaN"},
		"empty":  {Bins{First: []float64{0}, Second: []float64{0}}, []string{`class="first"`}, "NaN"},
		"levels": {Levels{Names: []string{"a<", "a name that is far too long"}, First: []float64{1, 0.005}, Second: []float64{0.5, 0.004}}, []string{"a&lt;", "<title>a name that is far too long</title>", "50 %", "&lt; 1 %"}, "a<"},
		"heat":   {Heat{Names: []string{"a", "b"}, Values: [][]float64{{math.NaN(), 0.52}, {-2, 0}}, Signed: true}, []string{`class="warm" fill-opacity="0.5" d="M1 0h1v1h-1z"`, `class="cold" fill-opacity="1.0" d="M0 1h1v1h-1z"`, "−1"}, "NaN"},
		"dots":   {Dots{X: "x<", Y: "y", Points: [][2]float64{{0, 0}, {1, 1}}, Second: true}, []string{"x&lt;", "dots two", "h0M"}, "NaN"},
		"lines":  {Lines{X: "step", At: []float64{0, 1, 2, 3}, First: []float64{1, math.NaN(), 3, 2}}, []string{`class="line one"`, "M175.3 16L236 65", `class="alone one" d="M54 114h0"`, ">3</text>"}, "NaN"},
		"gap":    {Lines{At: []float64{1}, First: []float64{math.Inf(1)}}, []string{"nothing finite"}, "Inf"},
	} {
		got := drawing(c.d)
		for _, want := range append(c.want, `aria-label="t&lt;"`) {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q: %s", name, want, got)
			}
		}
		if strings.Contains(got, c.not) {
			t.Errorf("%s has %q: %s", name, c.not, got)
		}
	}
	many := Heat{Names: make([]string, NamedCells+1), Values: nil}
	for i := range many.Names {
		many.Names[i] = "named"
	}
	if strings.Contains(drawing(many), "named") || !strings.Contains(drawing(Heat{Names: many.Names[1:]}), "named") {
		t.Error("names of a heat map are not those that there is room for")
	}
}

func TestShorten(t *testing.T) {
	for s, want := range map[string]string{"short": "short", "column number 10": "colum…10", "äöüäöüäöüäöü10": "äöüäö…10", "日本語の列の名前": "日本語…前"} {
		if got := shorten(s, 60, 10); got != want {
			t.Errorf("%q is cut to %q, want %q", s, got, want)
		}
	}
	if got := shorten("any", 0, 10); got != "any" {
		t.Errorf("where there is room, a name is cut to %q", got)
	}
	got := shortenAll([]string{"category 15 of many", "category 5 of many", "category 6 of many", "other"}, 70, 10)
	if want := []string{"…15 of ma…", "…5 of many", "…6 of many", "other"}; !slices.Equal(got, want) {
		t.Errorf("names are cut to %q, want %q", got, want)
	}
	for _, s := range got {
		if wide(s, 10) > 78 {
			t.Errorf("%q is too wide", s)
		}
	}
	for v, want := range map[float64]string{3.674: "3.67", 1.5218e-6: "1.5e-06", -1234.5: "-1.2e+03"} {
		if got := brief(v); got != want {
			t.Errorf("%g is written %q", v, got)
		}
	}
}
