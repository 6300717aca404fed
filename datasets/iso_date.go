package datasets

import (
	"math"
	"strings"
	"time"
)

// isoLayouts are the forms of ISO 8601 in which a date of any column may be given. Digits of
// seconds after the point need not be in them.
var isoLayouts = []string{
	"2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
	"2006-01-02 15:04Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00",
}

// parseISO reads a date of ISO 8601 as a number of units of d since 1970. A time without an
// offset is at that of the column. ok is false for a column of times of the day, for a time
// that its unit does not resolve, and for an offset where the column has none.
func (d *dateLayout) parseISO(text string) (v float64, ok bool) {
	if !strings.Contains(d.read, "06") {
		return 0, false
	}
	for _, layout := range isoLayouts {
		if strings.HasSuffix(layout, "Z07:00") && !hasZone(d.format) {
			continue
		}
		if t, err := time.ParseInLocation(layout, text, d.zone); err == nil {
			v = (float64(t.Unix()) + float64(t.Nanosecond())/1e9) / d.unit
			return v, d.unit == 1 || v == math.Trunc(v)
		}
	}
	return 0, false
}
