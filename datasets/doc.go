// Package datasets reads tables, encodes them for a model, and writes what the
// model generates as a table of the same form.
//
// The way through is
//
//	t, err := datasets.OpenCSV("wine.csv", &datasets.Options{Labels: []string{"class"}})
//	s, err := datasets.NewSchema(t)      // part of the model file
//	e := datasets.NewEncoder(s)
//	err = e.Encode(x, t)                 // n×Dim: mean 0, variance 1
//	err = e.Conditions(c, t)             // n×labels: indices of levels
//	...
//	w := datasets.NewCSVWriter(out, s)
//	err = w.WriteBlock(x, c)             // any number of times
//
// A Table is columns of float64: numbers, or indices of labels. A Schema is
// what a model keeps of it: names and order, decimals, ranges, mean and
// standard deviation, labels. It knows which columns are constant (left out of
// the encoding, written back) and which have an atom, such as zero-inflated
// ones, and Warnings says so. An Encoder is affine, column by column, so that
// log densities convert by a constant, LogDet.
//
// What is wrong with an input is an *Error: one line that says where, what was
// found and what to do. Rows are numbered as an editor numbers lines.
//
// Columns are numbers or labels to condition on, without missing cells. A kind
// is a value of Kind, an entry in the schema and a case in reader, encoder and
// writer; that is where further kinds belong.
//
// Sub-packages: toy has the laws in the plane with known entropy that
// generative models are tried on, metrics compares samples with data.
package datasets
