package tabular

import (
	"fmt"

	"tweedie/train"
)

// TrainingPage is what train.WriteHTML says of the training of the model beside its losses: the data,
// the columns, and the settings, with a prefix before the names of options, as "--". Title,
// Command and Footer are left to the caller.
func (m *Model) TrainingPage(prefix string) train.Page {
	meta, n := m.Metadata(), m.Network()
	p := train.Page{About: []string{fmt.Sprintf("A model of %d parameters was trained on %s: %d rows of %d columns.", n.Params.Count(), m.Provenance().Data, meta.Rows, len(meta.Columns))}}
	for j := range meta.Columns {
		c := &meta.Columns[j]
		values := c.Describe()
		if c.Missing > 0 {
			values = fmt.Sprintf("%.1f %% missing; %s", 100*float64(c.Missing)/float64(max(1, meta.Rows)), values)
		}
		p.Columns = append(p.Columns, [3]string{c.Name, fmt.Sprint(c.Type), values})
	}
	p.Settings = append([][2]string{{"schedule", fmt.Sprint(m.Schedule())},
		{"network", fmt.Sprintf("%d → %d × %d hidden → %d", n.Net.Dim, n.Net.Layers, n.Net.Hidden, n.Net.Dim)}}, train.SettingsOf(m.Provenance(), prefix)...)
	return p
}
