package datasets

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

const (
	maxLevels      = 100000 // distinct texts that are counted in a column of text
	maxNumbers     = 4096   // distinct texts that are counted in a column of numbers
	maxLevelBytes  = 1 << 26
	dateTrials     = 64   // cells after which a column that shows few dates is not tried any more
	mostlyOneKind  = 0.95 // share from which the cells of another kind are errors
	nearlyUnique   = 0.95 // share of different texts from which a column names its rows
	fewestToNumber = 20   // rows that a column needs to be an identifier
)

type columnStatistics struct {
	keep          bool // count all levels, even of numbers
	rows, missing int
	said          map[string]bool // missing spellings that the user has named
	spelled       foundCell       // the first missing cell of a default spelling
	spellings     int             // such cells
	numbers       numberStatistics
	dates         dateStatistics
	texts         int       // cells that are not numbers
	formatted     int       // of them, numbers with separators, a currency or a percent sign
	firstText     foundCell // of them
	firstNumber   foundCell
	levels        levelStatistics
	prefix        string // before the last digits of a text, when all cells share one
	suffix        string // and after them
	width         int    // of those digits, 0 when the cells differ
	most          int    // largest number that they are
	alike         bool   // prefix and suffix are of all cells
	dress         dressedStatistics
	otherReading  bool // of dressed numbers: their marks have another meaning as well
}

type foundCell struct {
	cell string
	line int
}

func (s *foundCell) note(cell string, line int) {
	if s.line == 0 {
		s.cell, s.line = strings.Clone(cell), line
	}
}

func (t *columnStatistics) add(cell string, line int, missing map[string]bool) {
	t.rows++
	if isMissingCell(cell, missing) {
		t.missing++
		if cell != "" && cell != NoValue && !t.said[strings.ToLower(cell)] {
			t.spelled.note(cell, line)
			t.spellings++
		}
		return
	}
	v, digits, is := parseNumber(cell)
	if is == isNumber {
		t.firstNumber.note(cell, line)
		t.numbers.add(v, digits, cell)
		t.dress.addPlain(v, digits, cell)
		t.dates.whole.add(cell, line)
	} else {
		t.texts++
		t.firstText.note(cell, line)
		t.dates.add(cell, line)
		if t.dress.addText(cell); isFormattedNumber(cell) {
			t.formatted++
		}
	}
	t.pattern(cell)
	t.levels.add(cell, t.texts == 0 && !t.numbers.leadingZero && !t.keep)
}

// pattern follows whether all cells are one prefix, a number of one width, and one suffix.
func (t *columnStatistics) pattern(cell string) {
	const digits = "0123456789"
	head := cell[:strings.LastIndexAny(cell, digits)+1]
	prefix, suffix := strings.TrimRight(head, digits), cell[len(head):]
	width := len(head) - len(prefix)
	if t.rows-t.missing == 1 {
		t.prefix, t.suffix, t.width, t.alike = strings.Clone(prefix), strings.Clone(suffix), width, len(cell) <= 80
	}
	t.alike = t.alike && prefix == t.prefix && suffix == t.suffix && width > 0
	if width != t.width {
		t.width = 0
	}
	if t.alike {
		n, err := strconv.ParseInt(head[len(prefix):], 10, 62)
		t.most, t.alike = max(t.most, int(n)), err == nil
	}
}

// isMissingCell reports whether a cell, without surrounding spaces, is a missing one.
func isMissingCell(cell string, missing map[string]bool) bool {
	return cell == NoValue || len(cell) <= 64 && missing[strings.ToLower(cell)]
}

// missingSet makes the set that isMissingCell looks in.
func missingSet(tokens []string) map[string]bool {
	set := make(map[string]bool, len(tokens)+1)
	for _, token := range tokens {
		set[strings.ToLower(strings.TrimSpace(token))] = true
	}
	return set
}

// missingIn returns the set of missing cells of a source: an empty cell is one in a file
// of text.
func (m *Metadata) missingIn(src Source) map[string]bool {
	if isParquet(src) {
		return missingSet(m.MissingParquet)
	}
	return m.missingText()
}

// MissingIn returns what reports whether a cell of src, as Records has it, is a missing
// one.
func (m *Metadata) MissingIn(src Source) func(cell string) bool {
	set := m.missingIn(src)
	return func(cell string) bool { return isMissingCell(strings.TrimSpace(cell), set) }
}

func (m *Metadata) missingText() map[string]bool {
	set := missingSet(m.Missing)
	set[""] = true
	return set
}

type numberStatistics struct {
	count          int
	min, max       float64
	digits         Digits
	fraction       bool // some value is not whole
	leadingZero    bool // some cell has a zero in front, as codes have
	wide           bool // some value is not exactly a float32
	last           float64
	first          float64
	jumps, descent bool // not every value is the one before + 1; some value is not above the one before
	spelling            // how they are written
}

func (t *numberStatistics) add(v float64, digits int, cell string) {
	t.spelling.add(v, digits, cell)
	if t.count == 0 {
		t.first = v
	} else {
		t.jumps = t.jumps || v != t.last+1
		t.descent = t.descent || v <= t.last
	}
	t.last = v
	t.leadingZero = t.leadingZero || hasLeadingZero(cell)
	t.extend(v, digits)
}

// extend is add for a number whose place and spelling do not matter.
func (t *numberStatistics) extend(v float64, digits int) {
	digits = min(digits, maxDecimals+1)
	if t.count == 0 {
		t.min, t.max = v, v
		t.digits = Digits{digits, digits}
	} else {
		t.min, t.max = min(t.min, v), max(t.max, v)
		t.digits = Digits{min(t.digits.Min, digits), max(t.digits.Max, digits)}
	}
	t.count++
	t.fraction = t.fraction || v != math.Trunc(v)
	t.wide = t.wide || float64(float32(v)) != v
}

// merge adds the numbers of o, met among those of t.
func (t *numberStatistics) merge(o *numberStatistics) {
	if t.count == 0 {
		*t = *o
		return
	}
	t.count += o.count
	t.min, t.max = min(t.min, o.min), max(t.max, o.max)
	t.digits = Digits{min(t.digits.Min, o.digits.Min), max(t.digits.Max, o.digits.Max)}
	t.fraction, t.leadingZero, t.wide = t.fraction || o.fraction, t.leadingZero || o.leadingZero, t.wide || o.wide
	t.jumps, t.descent = true, true
	t.plus, t.noPlus, t.bare, t.zeroFirst = t.plus+o.plus, t.noPlus+o.noPlus, t.bare+o.bare, t.zeroFirst+o.zeroFirst
	if t.zeros = max(t.zeros, o.zeros); t.fractions == 0 || o.fractions > 0 && o.fewest < t.fewest {
		t.fewest = o.fewest
	}
	t.fractions += o.fractions
	t.pointless, t.bareWhole = t.pointless || o.pointless, t.bareWhole || o.bareWhole
}

func hasLeadingZero(cell string) bool {
	return len(cell) > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9'
}

// isFormattedNumber reports whether a text is a number but for a decimal comma, separators
// of thousands, a currency, a percent sign, or parentheses for a minus.
func isFormattedNumber(cell string) bool {
	if len(cell) > 40 || !strings.ContainsAny(cell, ",$€£¥%(.'’\u00a0\u202f") {
		return false
	}
	bare := strings.Trim(cell, "$€£¥%() \u00a0\u202f")
	if thousands.MatchString(bare) {
		return true
	}
	_, _, is := parseNumber(strings.ReplaceAll(bare, ",", ""))
	return is == isNumber
}

// thousands matches numbers whose digits are separated by other than commas.
var thousands = regexp.MustCompile(`^[-+]?[0-9]{1,3}(['’.\x{a0}\x{202f}][0-9]{3})+([.,][0-9]+)?$`)

type levelStatistics struct {
	count   map[string]int
	bytes   int
	cells   int  // counted
	full    bool // texts beyond the limit are not counted
	dropped bool // given up, in a column of numbers
}

func (t *levelStatistics) add(cell string, number bool) {
	if t.dropped || t.full {
		if n, known := t.count[cell]; known {
			t.count[cell] = n + 1
		}
		return
	}
	t.cells++
	if n, known := t.count[cell]; known {
		t.count[cell] = n + 1
		return
	}
	if number && len(t.count) == maxNumbers {
		t.dropped, t.count = true, nil
		return
	}
	if len(t.count) == maxLevels || t.bytes > maxLevelBytes {
		t.full = true
		return
	}
	if t.count == nil {
		t.count = map[string]int{}
	}
	t.count[strings.Clone(cell)] = 1
	t.bytes += len(cell)
}

func (t *levelStatistics) unique(share float64) bool {
	distinct := len(t.count)
	if t.dropped {
		distinct = maxNumbers + 1
	}
	return float64(distinct) >= share*float64(t.cells)
}
