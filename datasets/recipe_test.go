package datasets

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
)

// followed is a cell by the recipe: a number, a text, the texts it may be, or "missing".
type followed struct {
	number float64
	texts  []string
}

// chosen is the choice of the largest number, the first of equals.
func chosen(cs []RecipeChoice, row []float64) RecipeChoice {
	best := 0
	for i, c := range cs {
		if row[c.Position] > row[cs[best].Position] {
			best = i
		}
	}
	if len(cs[best].Members) > 0 {
		return chosen(cs[best].Members, row)
	}
	return cs[best]
}

// follow makes a cell by the steps of docs/reference/decoding.md.
func follow(c *RecipeColumn, row []float64) followed {
	if len(c.Choices) > 0 {
		switch k := chosen(c.Choices, row); {
		case k.Missing:
			return followed{texts: []string{"missing"}}
		case len(k.Draw) > 0:
			var all []string
			for _, d := range k.Draw {
				all = append(all, d.Value)
			}
			return followed{texts: all}
		case !k.Number:
			if v, ok := k.Value.(float64); ok {
				return followed{number: v}
			}
			return followed{texts: []string{k.Value.(string)}}
		}
	}
	n := c.Number
	z := row[n.Position]
	u, last := n.Mean+n.Std*z, len(n.Z)-1
	switch {
	case last < 0:
	case z <= n.Z[0]:
		if u = n.X[0]; n.Tails != nil {
			u += (z - n.Z[0]) * n.Tails[0]
		}
	case z >= n.Z[last]:
		if u = n.X[last]; n.Tails != nil {
			u += (z - n.Z[last]) * n.Tails[1]
		}
	default:
		k := 1
		for z > n.Z[k] {
			k++
		}
		u = n.X[k-1] + (z-n.Z[k-1])/(n.Z[k]-n.Z[k-1])*(n.X[k]-n.X[k-1])
	}
	switch {
	case n.Values != nil:
		k, shift := 0, 0.0
		if c := n.Cycle; c != nil {
			q := math.Floor((u - c.Start) / c.Length)
			u, shift = u-q*c.Length, q*c.Value
		}
		for k < len(n.Edges) && n.Edges[k] <= u {
			k++
		}
		u = n.Values[k] + shift
	case n.Step > 0:
		u = n.Offset + n.Step*math.Round((u-n.Offset)/n.Step)
	case n.Significant > 0:
		u, _ = strconv.ParseFloat(strconv.FormatFloat(u, 'e', n.Significant-1, 64), 64)
	}
	if n.Decimals != nil {
		p := math.Pow10(*n.Decimals)
		u = math.Round(u*p) / p
	}
	if n.Min != nil {
		u = min(max(u, *n.Min), *n.Max)
	}
	return followed{number: u}
}

// recipeDiffers is how many of the cells of random rows differ between the recipe, read back from
// its file, and Decode.
func recipeDiffers(t *testing.T, e *Codec, r *Recipe) (differ int, first string) {
	t.Helper()
	const n = 200
	z, rng := mat.NewDense(n, e.Dim(), nil), stream.New(3, "recipe")
	z.Apply(func(int, int, float64) float64 { return 1.5 * rng.NormFloat64() }, z)
	c := NewCells(e.Metadata(), 0)
	if err := e.Decode(c, z, Decoding{}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for k := range r.Columns {
			col := &r.Columns[k]
			if len(col.Choices) == 0 && col.Number == nil {
				continue
			}
			j := slices.Index(e.Metadata().Names(), col.Name)
			f, got := &e.Metadata().Columns[j], follow(col, z.RawRowView(i))
			want, ok := "missing", false
			switch {
			case f.IsNumber() && !math.IsNaN(c.Number(i, j)):
				v := c.Number(i, j)
				want, ok = fmt.Sprint(v), got.texts == nil && math.Abs(got.number-v) <= 1e-9*(1+math.Abs(v))
			case f.HasLevels() && c.Level(i, j) >= 0:
				want = f.Levels[c.Level(i, j)].Name
				ok = slices.Contains(got.texts, want)
			default:
				ok = slices.Equal(got.texts, []string{"missing"})
			}
			if !ok {
				if differ++; first == "" {
					first = fmt.Sprintf("row %d, column %s: %v, want %s", i, col.Name, got, want)
				}
			}
		}
	}
	return differ, first
}

func checkRecipe(t *testing.T, name string, e *Codec) *Recipe {
	t.Helper()
	made, err := e.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	r := new(Recipe)
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	if n, first := recipeDiffers(t, e, r); n > 0 {
		t.Errorf("%s: %d cells differ; %s", name, n, first)
	}
	return r
}

func TestRecipeDecodes(t *testing.T) {
	_, e := fitted(t, stock(400), nil, nil)
	r := checkRecipe(t, "stock", e)
	for k := range r.Columns { // a planted error is seen
		switch c := &r.Columns[k]; {
		case c.Number != nil:
			c.Number.Position = (c.Number.Position + 1) % e.Dim()
		case len(c.Choices) > 1:
			c.Choices[0].Position, c.Choices[1].Position = c.Choices[1].Position, c.Choices[0].Position
		}
	}
	if n, _ := recipeDiffers(t, e, r); n < 200 {
		t.Errorf("a wrong recipe differs in %d cells alone", n)
	}
	_, open := fitted(t, stock(400), nil, &FitOptions{Extrapolate: true})
	checkRecipe(t, "extrapolating", open)
	_, clusters := fitted(t, towns(3000, 90, 5), &InferOptions{OneHot: 20}, nil)
	checkRecipe(t, "clusters", clusters)
	for k := range gridColumns {
		_, e := fitted(t, gridTable(k, 3000, nil), nil, nil)
		checkRecipe(t, fmt.Sprint("grid ", k), e)
	}
	for name, o := range map[string]*InferOptions{
		"adult": {MaxLevels: 8}, "insurance": nil, "penguins": nil, "titanic": {OneHot: 20},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := OpenTable(realFile(t, name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			_, e := fitted(t, src, o, nil)
			checkRecipe(t, name, e)
		})
	}
}

func TestRecipeOfOtherColumns(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,same,day,kind,v\n")
	for i := range 60 {
		fmt.Fprintf(&b, "K%03d,x,%02d.03.2021,%c,%d.5\n", i+1, i%28+1, 'a'+i%3, i)
	}
	m, err := Infer(text(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetConditions([]string{"kind"}); err != nil {
		t.Fatal(err)
	}
	c, err := ReadCells(text(b.String()), m)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Fit(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := checkRecipe(t, "columns", e)
	got, _ := json.Marshal(r.Columns)
	for _, want := range []string{
		`"name":"id","type":"identifier","sequence":{"prefix":"K","first":61,"width":3}`, `"constant":"x"`,
		`"date":{"seconds":86400,"format":"02.01.2006","strftime":"%d.%m.%Y"}`, `"label":{"index":0,"levels":["a","b","c"]}`,
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for layout, want := range map[string]string{"2006-01-02T15:04:05Z": "%Y-%m-%dT%H:%M:%SZ", "Jan 2006": "%b %Y", "2.1.2006": "", "15:04 MST": "", "100%": ""} {
		if got := strftime(layout); got != want {
			t.Errorf("strftime of %q is %q, want %q", layout, got, want)
		}
	}
}
