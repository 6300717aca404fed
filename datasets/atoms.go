package datasets

import (
	"cmp"
	"math"
	"slices"

	"tweedie/internal/suggest"
)

// What makes values of a column atoms.
//
// Values that stand out: each of at most maxAtoms holds at least atomShare of
// the rows and atomLead times as many as the most frequent of the others, and
// there are more than atomDistinct values in all. Zero inflation and caps are
// of this kind; heaped measurements (round numbers) and counts are not.
//
// Usual values: of the others there are at most maxUsual different ones, each
// taken atomRepeats times on average, and they do not lie on a grid: less than
// half of the steps from one to the next are alike. Amounts and prices are of
// this kind, years of age and measurements are not: a net has nothing to learn
// from how near 7298 is to 7430. Codes are, on a grid or not: at most maxCodes
// different values, which have no law but their shares. Usual values with fewer than
// atomRows rows stay numbers, codes do not: what lies between two of them is no code.
const (
	maxAtoms     = 4
	atomShare    = 0.03
	atomLead     = 4
	atomDistinct = 20

	maxUsual    = 256
	atomRepeats = 10
	atomRows    = 5

	maxCodes = 12
)

type run struct {
	value float64
	count int
}

// findAtoms returns the atoms of sorted values, in order, and leaves one value at least. Codes
// are among them if asked for: other values than those seen could not be met then.
func findAtoms(sorted []float64, rows int, codes bool) []Atom {
	runs := runsOf(sorted)
	out := outstanding(runs, rows)
	var rest, atoms []run
	for _, r := range runs {
		if out > 0 && r.count >= out {
			atoms = append(atoms, r)
		} else {
			rest = append(rest, r)
		}
	}
	codes = codes && len(rest) <= maxCodes
	if isUsual(rest, codes) {
		least := slices.MinFunc(rest, func(a, b run) int { return a.count - b.count })
		for _, r := range rest {
			if (codes || r.count >= atomRows) && r != least {
				atoms = append(atoms, r)
			}
		}
		slices.SortFunc(atoms, func(a, b run) int { return cmp.Compare(a.value, b.value) })
	}
	var as []Atom
	for _, r := range atoms {
		as = append(as, Atom{r.value, float64(r.count) / float64(rows)})
	}
	return as
}

func runsOf(sorted []float64) []run {
	var runs []run
	for i := 0; i < len(sorted); {
		k := i + 1
		for k < len(sorted) && sorted[k] == sorted[i] {
			k++
		}
		runs = append(runs, run{sorted[i], k - i})
		i = k
	}
	return runs
}

// outstanding returns the least count of a value that stands out, 0 when none does.
func outstanding(runs []run, rows int) int {
	if len(runs) <= atomDistinct {
		return 0
	}
	counts := make([]int, len(runs))
	for i, r := range runs {
		counts[i] = -r.count
	}
	slices.Sort(counts)
	for m := maxAtoms; m > 0; m-- {
		if n := -counts[m-1]; float64(n) >= atomShare*float64(rows) && n >= -atomLead*counts[m] {
			return n
		}
	}
	return 0
}

// isUsual reports whether sorted values are few, often repeated, and codes or not on a grid.
func isUsual(runs []run, codes bool) bool {
	all := 0
	for _, r := range runs {
		all += r.count
	}
	if len(runs) < 3 || len(runs) > maxUsual || all < atomRepeats*len(runs) {
		return false
	}
	if codes {
		return true
	}
	steps := make([]float64, len(runs)-1)
	for i := range steps {
		steps[i] = runs[i+1].value - runs[i].value
	}
	slices.Sort(steps)
	alike, most := 0, 0
	for i := range steps {
		if i > 0 && steps[i]-steps[i-1] <= 1e-9*steps[i] { // .15 - .1 is not .1 - .05
			alike++
		} else {
			alike = 1
		}
		most = max(most, alike)
	}
	return 2*most < len(steps)
}

// atom returns the index of the atom that v is, or -1.
func (f *Field) atom(v float64) int {
	a, found := slices.BinarySearchFunc(f.Atoms, v, func(a Atom, v float64) int { return cmp.Compare(a.Value, v) })
	if !found {
		return -1
	}
	return a
}

// IsLevel reports whether v is said by its level alone, without a number: an atom, or the only value that is none.
func (f *Field) IsLevel(v float64) bool {
	return f.atom(v) >= 0 || f.leavesOne() && math.Abs(v-f.Map.Mean) <= 1e-12*math.Abs(f.Map.Mean)
}

// leavesOne reports whether all values but one are atoms, so that each value is a level. Labels are no levels of a row.
func (f *Field) leavesOne() bool {
	return !f.Condition && len(f.Atoms) > 0 && f.Map != nil && len(f.Map.X) == 0 && f.Map.Std == 0
}

// LevelValues returns the values of a column of numbers each of which is a level of its own, in the order of the levels: the
// only value that is no atom, which the level LevelPresent stands for, then the atoms. It is nil for other columns.
func (f *Field) LevelValues() []float64 {
	if !f.leavesOne() {
		return nil
	}
	list := []float64{f.written(f.decimal(), f.Map.Mean)}
	for _, a := range f.Atoms {
		list = append(list, a.Value)
	}
	return list
}

// unseenValue is the error of a value that is none of LevelValues.
func (n numberColumn) unseenValue(f *Field, v float64) *Error {
	values := f.LevelValues()
	slices.Sort(values)
	var names []string
	for _, v := range values {
		names = append(names, n.text(f, v))
	}
	return &Error{Column: f.Name, Found: "unseen value " + n.text(f, v), Remedy: "each value is a level: give one of " + suggest.Join(names, maxCodes), Err: errUnseen}
}
