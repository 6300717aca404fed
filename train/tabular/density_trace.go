package tabular

import "tweedie/sample"

const (
	// flowEvaluations is some number of evaluations of the solver, at the default tolerance.
	flowEvaluations = 120
	// minuteOperations are what two cores do in about a minute.
	minuteOperations = 3e12
	// fewestProbed is the least number of columns that are probed: on fewer the exact trace
	// costs no more than twice as much as the default number of probes.
	fewestProbed = 17
)

// ExactOperations is about the number of operations of the network in the exact traces of so
// many rows:
//
//	rows × 120 evaluations × (1 + encoded columns) passes × 2 × parameters.
//
// It depends on the model and on rows alone.
func (m *Model) ExactOperations(rows int) float64 {
	passes := flowEvaluations * float64(1+m.codec.Dim())
	return float64(rows) * passes * 2 * float64(m.net.Params.Count()*max(len(m.net.members), 1))
}

// TraceOf is how the traces of a table of so many rows are found where nobody says: exactly,
// but by Rademacher probes if the exact ones would take more than 3e12 operations, about a
// minute of two cores, and there are more than 16 encoded columns. No clock has a say in it.
func (m *Model) TraceOf(rows int) sample.Probe {
	if m.codec.Dim() >= fewestProbed && m.ExactOperations(rows) > minuteOperations {
		return sample.RademacherProbe
	}
	return sample.ExactTrace
}
