package tabular

import (
	"encoding/json"

	"tweedie/datasets"
)

// ExportDecoding is what a program needs to make a table of the rows of an exported sampler:
// the recipe of the columns, and the joint law of the labels, which are an input of the
// graph.
type ExportDecoding struct {
	*datasets.Recipe
	Labels *ExportLabels `json:"labels,omitempty"` // nil for a model without
	// LabelsRequired says that none of the labels may be left out, as NaN.
	LabelsRequired bool `json:"labels_required,omitempty"`
	// Given says that the graph has the input given.
	Given bool `json:"given,omitempty"`
}

// ExportLabels are the combinations of labels of the training rows, as the graph takes
// them, and how many rows had each.
type ExportLabels struct {
	Values [][]float64 `json:"values"`
	Rows   []int       `json:"rows"`
}

// Decoding says how encoded rows become a table. It errs as datasets.Codec.Recipe does.
func (m *Model) Decoding() (*ExportDecoding, error) {
	r, err := m.codec.Recipe()
	if err != nil {
		return nil, err
	}
	d := &ExportDecoding{Recipe: r, LabelsRequired: m.net.LabelsRequired, Given: m.net.Conditionable}
	if len(m.net.Conds) == 0 {
		return d, nil
	}
	d.Labels = &ExportLabels{Rows: m.labels.Count}
	for _, row := range m.labels.Rows {
		values := make([]float64, len(row))
		for j, k := range row {
			if values[j] = float64(k); j < len(m.labels.Values) && len(m.labels.Values[j]) > 0 {
				values[j] = m.labels.Values[j][k]
			}
		}
		d.Labels.Values = append(d.Labels.Values, values)
	}
	return d, nil
}

// JSON is the decoding as a file has it.
func (d *ExportDecoding) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(d, "", " ")
	return append(b, '\n'), err
}
