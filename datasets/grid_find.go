package datasets

import (
	"maps"
	"math"
	"slices"
)

// What makes the values of a column a grid: all of them lie on it, and chance does not
// explain that. Of m different values that fill r of p classes (residues, days of the
// month, days of the week) chance does with probability (p choose r)(r/p)^m at most; it
// is at most gridChance. For steps a few values suffice that are each taken gridRepeats
// times on average: hardly any others occur. One value off the grid, and there is none.
const (
	gridChance  = 1e-9
	stepChance  = 1e-6
	gridRepeats = 10
	gridRows    = 20 // with fewer rows repetitions say nothing
	maxResidues = 16
	// Ends are looked for among so many units of the last digit, and with so many digits
	// there are none: those of a float32 are no ends.
	longestPeriod = 1e6
	mostEndDigits = 6
	maxDays       = 3
)

// findGrid returns the grid of sorted values, none of which is an atom, or nil.
func (f *Field) findGrid(sorted []float64) *Grid {
	units, ok := f.units(sorted)
	if !ok {
		return nil
	}
	zone, day := 0, 0 // in units
	if f.Type == TypeDateTime {
		perSecond := f.perUnit() / f.date().unit
		zone, day = int(math.Round(float64(f.Zone)*perSecond)), int(math.Round(24*60*60*perSecond))
	}
	step := 1
	if len(units) > 1 && !f.date().noDay {
		step = commonStep(units, len(sorted))
	}
	_, first := floorDivide(units[0]+zone, step)
	pow := f.perUnit()
	g := &Grid{Step: float64(step) / pow, Offset: float64(first-zone) / pow}
	switch {
	case day > 0 && day%step == 0:
		g.Block = day / step
		g.calendar(f, units, zone, day)
	case day == 0 && pow <= math.Pow10(mostEndDigits):
		g.endings(units, step, first)
	}
	g.weigh(sorted)
	if g.Block == 1 || !g.uneven() {
		g.Block = 0
	}
	if step == 1 && !g.uneven() {
		return nil
	}
	return g
}

// weigh estimates the weights of residues or days of the month.
func (g *Grid) weigh(values []float64) {
	n := max(len(g.Residues), len(g.Days))
	if n < 2 {
		return
	}
	counts := make([]float64, n)
	for _, v := range values {
		b, _ := floorDivide(int(math.Round(g.index(v))), g.block())
		_, i := floorDivide(b, n)
		counts[i]++
	}
	sum := 0.0
	for i := range counts {
		counts[i] = max(counts[i]*float64(n)/float64(len(values)), leastWeight)
		sum += counts[i]
	}
	for i := range counts {
		counts[i] *= float64(n) / sum
	}
	if least, most := slices.Min(counts), slices.Max(counts); len(g.Residues) == g.Period && most < 2*least {
		g.Period, g.Residues = 0, nil
		return
	}
	g.Weights = counts
}

// units returns the different values as numbers of units of the last digit.
func (f *Field) units(sorted []float64) (units []int, ok bool) {
	if f.Digits == nil || f.Digits.Max == Shortest {
		return nil, false
	}
	pow := f.perUnit()
	for _, v := range sorted {
		u := math.Round(v * pow)
		if math.Abs(u) >= safe || math.Abs(u-v*pow) > 1e-3 {
			return nil, false
		}
		if k := len(units); k == 0 || units[k-1] != int(u) {
			units = append(units, int(u))
		}
	}
	return units, len(units) > 0
}

// perUnit returns the number of units of the last digit in 1.
func (f *Field) perUnit() float64 {
	if form := f.decimal(); !form.integer {
		return form.pow
	}
	return 1
}

// commonStep returns the largest step that all distances of n values have in common, 1
// if it is by chance.
func commonStep(units []int, n int) int {
	step := 0
	for _, u := range units {
		for a := u - units[0]; a > 0; {
			step, a = a, step%a
		}
	}
	m := len(units)
	if float64(m-1)*math.Log(float64(step)) >= -math.Log(stepChance) || n >= gridRepeats*m && n >= gridRows {
		return step
	}
	return 1
}

// calendar restricts days to those of the week or of the month that occur.
func (g *Grid) calendar(f *Field, units []int, zone, day int) {
	days, months, week, year := map[int]bool{}, map[int]bool{}, map[int]bool{}, map[int]bool{}
	for _, u := range units {
		d, _ := floorDivide(u+zone, day)
		month, _ := monthOf(d)
		_, r := floorDivide(d, 7)
		_, m := floorDivide(month, 12)
		days[d], months[month], week[r], year[m+1] = true, true, true, true
	}
	ofMonth := daysOfMonth(days)
	byWeek, byMonth := chance(7, len(week), len(days)), chance(31, len(ofMonth), len(days))
	switch {
	case f.date().noDay:
		g.Days = []int{1}
	case len(ofMonth) > 0 && byMonth <= min(byWeek, math.Log(gridChance)):
		g.Days = ofMonth
	case byWeek <= math.Log(gridChance):
		g.Period, g.Residues = 7, sortedKeys(week)
	}
	if len(g.Days) > 0 && chance(12, len(year), len(months)) <= math.Log(gridChance) {
		g.Months = sortedKeys(year)
	}
}

// daysOfMonth returns the days of the month that days since 1970 are, at most maxDays, or
// nil. The last of a month counts as a later day if that occurs, else as 31.
func daysOfMonth(days map[int]bool) []int {
	of, last := map[int]bool{}, 0
	for d := range days {
		m, day := monthOf(d)
		if next, _ := monthOf(d + 1); next != m {
			last = max(last, day)
			continue
		}
		of[day] = true
		if len(of) > maxDays {
			return nil
		}
	}
	list := sortedKeys(of)
	if last > 0 && (len(list) == 0 || list[len(list)-1] < last) {
		list = append(list, 31)
	}
	if n := len(list); n > maxDays || n > 1 && list[n-2] >= 28 {
		return nil
	}
	return list
}

// endings restricts numbers to the ends that occur: the remainders beyond a power of ten.
// All ends of a step are told apart too, for their weights.
func (g *Grid) endings(units []int, step, first int) {
	best := math.Log(gridChance)
	for period := 10; period <= longestPeriod; period *= 10 {
		if period%step != 0 || period == step {
			continue
		}
		ends := map[int]bool{}
		for _, u := range units {
			_, r := floorDivide(u-first, period)
			ends[r/step] = true
		}
		p := period / step
		switch c := chance(p, len(ends), len(units)); {
		case len(ends) <= maxResidues && 2*len(ends) <= p && c <= best:
			best, g.Period, g.Residues = c, p, sortedKeys(ends)
		case step > 1 && len(ends) == p && p <= maxResidues && g.Period == 0:
			g.Period, g.Residues = p, sortedKeys(ends)
		}
	}
}

// chance returns the logarithm of a bound on the probability that m different values
// fill only r of p classes.
func chance(p, r, m int) float64 {
	if r >= p {
		return 0
	}
	choose := func(n int) float64 { v, _ := math.Lgamma(float64(n + 1)); return v }
	return choose(p) - choose(r) - choose(p-r) + float64(m)*math.Log(float64(r)/float64(p))
}

func sortedKeys(set map[int]bool) []int { return slices.Sorted(maps.Keys(set)) }
