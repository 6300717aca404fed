package datasets

type dateStatistics struct {
	tried, fitting int
	formats        []string  // those that fit every date so far; nil before the first
	begun, stopped bool      // there was a date; there were too few of them
	main, other    foundCell // the first date, and the first that no format of those before fits
	notDate        foundCell
	digits         int
}

func (t *dateStatistics) add(cell string, line int) {
	if t.stopped {
		return
	}
	t.tried++
	fits := false
	if likeDate(cell) {
		formats := t.formats
		if !t.begun {
			formats = dateLayouts
		}
		if still := fitting(formats, cell); len(still) > 0 {
			t.formats, t.begun, fits = still, true, true
			t.main.note(cell, line)
			_, digits, _ := parseDate(still[0], cell)
			t.digits = max(t.digits, digits)
		} else if t.begun && len(fitting(dateLayouts, cell)) > 0 {
			fits = true
			t.other.note(cell, line)
		}
	}
	if fits {
		t.fitting++
	} else {
		t.notDate.note(cell, line)
	}
	t.stopped = t.tried >= dateTrials && float64(t.fitting) < 0.8*float64(t.tried)
}

// fitting returns those of layouts that cell has; layouts is not changed.
func fitting(layouts []string, cell string) []string {
	var fit []string
	for _, layout := range layouts {
		if _, _, ok := parseDate(layout, cell); ok {
			fit = append(fit, layout)
		}
	}
	if len(fit) == len(layouts) {
		return layouts
	}
	return fit
}
