package report

import (
	"strconv"
	"strings"
)

// numeric says which columns of t hold numbers alone: with ±, a percent sign, or a dash too.
func numeric(t *Table) []bool {
	is := make([]bool, len(t.Header))
	for j := range is {
		seen := false
		for _, row := range t.Rows {
			cell := strings.TrimSpace(row[j])
			if cell == "" || cell == "-" || cell == "–" {
				continue
			}
			if is[j] = isNumber(cell); !is[j] {
				seen = false
				break
			}
			seen = true
		}
		is[j] = seen
	}
	return is
}

func isNumber(cell string) bool {
	for part := range strings.SplitSeq(cell, "±") {
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part), "%"))
		if _, err := strconv.ParseFloat(strings.Replace(part, "−", "-", 1), 64); err != nil {
			return false
		}
	}
	return true
}
