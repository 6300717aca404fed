package shard

import (
	"fmt"
	"regexp"
	"strconv"
)

// Part is the Index-th, counted from 1, of so many parts. The zero value is the whole.
type Part struct{ Index, Of int }

// Auto is the text of the part that a scheduler names in the environment.
const Auto = "auto"

var form = regexp.MustCompile(`^(\d{1,9})/(\d{1,9})$`)

// Parse reads "i/n" with 1 ≤ i ≤ n, "" for the whole, or "auto" for the part that
// FromEnvironment finds. The environment is looked at for auto alone: a command within an
// array job is no part of one unless somebody says so.
func Parse(text string, getenv func(string) string) (Part, error) {
	switch text {
	case "":
		return Part{}, nil
	case Auto:
		return FromEnvironment(getenv)
	}
	var p Part
	if m := form.FindStringSubmatch(text); m != nil {
		p.Index, _ = strconv.Atoi(m[1]) // nine digits fit
		p.Of, _ = strconv.Atoi(m[2])
	}
	if p.Index < 1 || p.Index > p.Of {
		return Part{}, fmt.Errorf("%q: give i/n with 1 ≤ i ≤ n, as 2/4, or auto", text)
	}
	return p, nil
}

// Whole reports whether p is all there is.
func (p Part) Whole() bool { return p.Of == 0 }

func (p Part) String() string {
	if p.Whole() {
		return "whole"
	}
	return fmt.Sprintf("%d/%d", p.Index, p.Of)
}

// Range returns the rows of the part, of so many: n rows from first on. Parts differ by at
// most one row, or batch. Rows that are drawn in batches of so many, 1 for rows that are
// independent, are cut between batches if there are as many as parts: elsewhere two parts
// draw one batch, and each keeps its own rows. There may be fewer rows than parts; n is then
// 0 for some. It panics if rows is negative or batch is not positive.
func (p Part) Range(rows, batch int) (first, n int) {
	if rows < 0 || batch < 1 {
		panic("shard: rows or batch out of range")
	}
	if p.Whole() {
		return 0, rows
	}
	units := rows / batch
	if rows%batch != 0 {
		units++
	}
	if units < p.Of {
		units, batch = rows, 1
	}
	first = min(p.cut(p.Index-1, units)*batch, rows)
	return first, min(p.cut(p.Index, units)*batch, rows) - first
}

// Batches is Range for batches that are never cut, since each is made once: parts are without
// rows if there are fewer batches.
func (p Part) Batches(rows, batch int) (first, n int) {
	units := 0
	if rows > 0 {
		units = (rows-1)/batch + 1
	}
	first, n = p.Range(units, 1)
	end := min((first+n)*batch, rows)
	first = min(first*batch, rows)
	return first, end - first
}

// cut is ⌊i·units/Of⌋, by long division: the product may be beyond an int.
func (p Part) cut(i, units int) int { return i*(units/p.Of) + i*(units%p.Of)/p.Of }
