package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// cities is a table of cities, some rare, with their states, one of which has a single city,
// and their numbers, which are missing for one; and of heights.
func cities(t *testing.T, o *InferOptions) (*Cells, *Codec) {
	u := draws(7)
	city := func(i int) int { return min(u(i, 0, 15), u(i, 1, 15)) }
	if o == nil {
		o = &InferOptions{}
	}
	o.Types = map[string]Type{"c0": TypeCategorical, "c2": TypeInteger}
	c, e := fitted(t, text(rowsOf(1500, func(i int) string { return fmt.Sprintf("city%02d", city(i)) },
		func(i int) string { return stateOf(city(i)) },
		func(i int) string {
			if city(i) == 3 {
				return ""
			}
			return fmt.Sprint(10 * (city(i) % 5))
		},
		func(i int) string { return fmt.Sprint(u(i, 2, 500)) })), o, nil)
	if got := arrows(e.Metadata()); got != "c1<c0 c2<c0" {
		t.Fatal(got)
	}
	return c, e
}

func stateOf(city int) string {
	if city == 0 {
		return "alone"
	}
	return "state" + string(rune('a'+city%3))
}

// implied is what Imply makes of a row of which cells are known: its encoded row, and the
// texts of its known cells.
func implied(e *Codec, noMissing bool, cells map[string]string) (row []float64, text string) {
	row = make([]float64, e.Dim())
	for k := range row {
		row[k] = math.NaN()
	}
	one, known := NewCells(e.meta, 1), make([]bool, len(e.meta.Columns))
	for j, name := range e.meta.Names() {
		if v, is := cells[name]; is {
			known[j] = true
			if err := one.SetText(0, name, v); err != nil {
				panic(err)
			}
			if err := e.EncodeCell(row, name, v); err != nil {
				panic(err)
			}
		}
	}
	e.Imply(row, one, known, noMissing)
	var list []string
	for j, name := range e.meta.Names() {
		if known[j] {
			list = append(list, name+"="+string(one.AppendText(nil, 0, j)))
		}
	}
	return row, strings.Join(list, " ")
}

// What follows from what is known of a row becomes known, and levels that do not go with it
// are excluded.
func TestImply(t *testing.T) {
	_, e := cities(t, nil)
	names := e.Names()
	excluded := func(row []float64) (list []string) {
		for k, v := range row {
			if v == 0 && strings.HasPrefix(names[k], "c0=") {
				list = append(list, names[k][7:])
			}
		}
		return list
	}
	for _, c := range []struct {
		cells     map[string]string
		noMissing bool
		known     string
		excluded  string // cities
	}{
		{map[string]string{}, false, "", ""},
		{map[string]string{"c3": "5"}, false, "c3=5", ""},
		{map[string]string{"c0": "city07"}, false, "c0=city07 c1=stateb c2=20", "all but 07"},
		{map[string]string{"c0": "city03"}, false, "c0=city03 c1=statea c2=", "all but 03"},
		{map[string]string{"c0": "city03"}, true, "c0=city03 c1=statea", "all but 03"},
		{map[string]string{"c1": "alone"}, false, "c0=city00 c1=alone c2=0", "all but 00"},
		{map[string]string{"c1": "statea"}, false, "c1=statea", "00 01 02 04 05 07 08 10 11 13 14"},
		{map[string]string{"c1": "statea", "c2": "20"}, false, "c0=city12 c1=statea c2=20", "all but 12"},
		{map[string]string{"c2": ""}, false, "c0=city03 c1=statea c2=", "all but 03"},
		{map[string]string{"c1": "alone", "c2": "20"}, false, "c1=alone c2=20", ""},                     // no city
		{map[string]string{"c0": "city07", "c2": "0"}, false, "c0=city07 c1=stateb c2=0", "all but 07"}, // a contradiction
	} {
		row, known := implied(e, c.noMissing, c.cells)
		if known != c.known {
			t.Errorf("%v: known is %q, want %q", c.cells, known, c.known)
		}
		if rest, one := strings.CutPrefix(c.excluded, "all but "); one {
			at := slices.Index(names, "c0=city"+rest)
			if got := excluded(row); row[at] != 1 || len(got) != 14 {
				t.Errorf("%v: %v are excluded, and %s is %g", c.cells, got, rest, row[at])
			}
		} else if got := strings.Join(excluded(row), " "); got != c.excluded {
			t.Errorf("%v: %q are excluded, want %q", c.cells, got, c.excluded)
		}
		// What is known is encoded as always.
		for _, s := range strings.Fields(known) {
			name, v, _ := strings.Cut(s, "=")
			own := make([]float64, e.Dim())
			for k := range own {
				own[k] = math.Inf(1)
			}
			if err := e.EncodeCell(own, name, v); err != nil {
				t.Fatal(err)
			}
			for k, x := range own {
				if x != math.Inf(1) && !same(x, row[k]) {
					t.Errorf("%v: %s is %g, not %g", c.cells, names[k], row[k], x)
				}
			}
		}
	}
}

// Of levels in groups or clusters those positions are excluded that have none that goes.
func TestImplyOfGroups(t *testing.T) {
	_, e := cities(t, &InferOptions{MaxLevels: 6, OneHot: -1})
	row, _ := implied(e, false, map[string]string{"c1": "statea"})
	names := e.Names()
	for k, want := range map[string]bool{"c0=city00": true, "c0=city01": true, "c0=city03": false, "c0=others": false} {
		if at := slices.Index(names, k); at < 0 || (row[at] == 0) != want {
			t.Errorf("%s at %d of %v: %v", k, at, names, row)
		}
	}
	_, e = cities(t, &InferOptions{OneHot: 4})
	row, _ = implied(e, false, map[string]string{"c2": "40"}) // cities 4, 9, 14
	p, _ := e.column("c0")
	for at, items := range p.clusters.item {
		goes := slices.ContainsFunc(items, func(k int) bool { return k%5 == 4 })
		if (row[p.category+at] == 0) == goes {
			t.Errorf("position %d, of %v: %g", at, items, row[p.category+at])
		}
	}
}

// Follow changes free cells alone, and draws a level that goes with given ones by frequency, of
// the same group first.
func TestFollow(t *testing.T) {
	c, e := cities(t, &InferOptions{MaxLevels: 6, OneHot: -1})
	f := e.meta.Field("c0")
	const n = 6000
	d := NewCells(e.meta, n)
	state, rare := e.meta.Columns[1].Follows, slices.IndexFunc(f.Levels, func(l Level) bool { return l.Grouped })
	for i := range n {
		d.SetLevel(i, 0, rare+i%2*2) // two of the group, of which one goes with the state that is given
		to, _ := state.of(float64(rare))
		d.setValue(i, 1, to)
		d.SetNumber(i, 2, 30)
		d.SetNumber(i, 3, 77)
	}
	before := d.Subset(indices(n))
	how := Decoding{Seed: 3, FirstRow: 100}
	e.Follow(d, how, func(_, j int) bool { return false })
	for i := range n {
		for j := range 4 {
			if !same(d.value(i, j), before.value(i, j)) {
				t.Fatal("what is not free has changed")
			}
		}
	}
	e.Follow(d, how, func(_, j int) bool { return j != 1 })
	counts := map[int]int{}
	for i := range n {
		k := d.Level(i, 0)
		if to, _ := state.of(float64(k)); !same(to, before.value(i, 1)) || !same(d.value(i, 1), to) || d.Number(i, 3) != 77 {
			t.Fatalf("row %d: city %d, state %g", i, k, d.value(i, 1))
		}
		if v, _ := e.meta.Columns[2].Follows.of(float64(k)); !same(v, d.value(i, 2)) {
			t.Fatalf("row %d: city %d, number %g", i, k, d.value(i, 2))
		}
		if i%2 == 0 && k != rare {
			t.Fatalf("row %d: a city that goes is another", i)
		}
		if i%2 == 1 {
			counts[k]++
		}
	}
	rows, drawn := 0, 0
	for k := range counts {
		rows, drawn = rows+f.Levels[k].Count, drawn+counts[k]
		if !f.Levels[k].Grouped {
			t.Errorf("%s is not of the group", f.Levels[k].Name)
		}
	}
	for k, got := range counts {
		want := float64(drawn*f.Levels[k].Count) / float64(rows)
		if math.Abs(float64(got)-want) > 5*math.Sqrt(want) {
			t.Errorf("%s is drawn %d times of %d, want %.0f", f.Levels[k].Name, got, drawn, want)
		}
	}
	if len(counts) < 2 {
		t.Error(counts)
	}
	part := before.Subset(indices(n)[n/2:])
	e.Follow(part, Decoding{Seed: 3, FirstRow: 100 + n/2}, func(_, j int) bool { return j != 1 })
	for i := range part.Rows() {
		if part.Level(i, 0) != d.Level(n/2+i, 0) {
			t.Fatal("rows depend on the block")
		}
	}
	e.Follow(c, how, func(_, j int) bool { return true }) // rows of the table obey
	again, _ := cities(t, nil)
	for i := range c.Rows() {
		for j := range 4 {
			if !same(c.value(i, j), again.value(i, j)) {
				t.Fatal("a row of the table has changed")
			}
		}
	}
}
