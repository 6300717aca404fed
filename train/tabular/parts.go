package tabular

// DrawnPart is what a run says of the part of a table that it has drawn, beside the rows:
// SummarizeParts makes one of all parts. It is kept as JSON.
type DrawnPart struct {
	Method   string   `json:"method"`
	Rows     int      `json:"rows"`
	NFE      float64  `json:"nfe"`
	Caveats  []string `json:"caveats,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
	Batches  []Drawn  `json:"batches,omitempty"`
}

// Part is what is said of n rows; of none r may be empty.
func (r *DrawnRows) Part(n int) DrawnPart {
	return DrawnPart{r.Method, n, r.NFE, r.Caveats, r.Warnings, r.Batches}
}

// SummarizeParts is what parts show together, in their order, and how many rows they have: all
// but the rows themselves. Rows that are not independent are summed up by Summarize.
func SummarizeParts(parts []DrawnPart) (r *DrawnRows, rows int, err error) {
	r = new(DrawnRows)
	var batches []Drawn
	for _, p := range parts {
		batches, rows = append(batches, p.Batches...), rows+p.Rows
	}
	if len(batches) > 0 {
		if r, err = Summarize(batches); err != nil {
			return nil, 0, err
		}
	}
	for _, p := range parts {
		if p.Rows == 0 {
			continue
		}
		r.Method = p.Method
		r.Caveats, r.Warnings = appendNew(r.Caveats, p.Caveats...), appendNew(r.Warnings, p.Warnings...)
		if len(batches) == 0 {
			r.NFE += p.NFE * float64(p.Rows) / float64(rows)
		}
	}
	return r, rows, nil
}
