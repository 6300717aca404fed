// Package tabular trains score-based diffusion models on tables of mixed columns, and
// draws, completes and scores rows with them.
//
//	table, err := datasets.OpenTable("penguins.csv")
//	model, err := tabular.Fit(ctx, table, nil)
//	err = model.Save("penguins.safetensors")
//	rows, err := model.Sample(ctx, 1000, &tabular.Query{
//		Given: map[string]string{"species": "Gentoo"},
//		Where: []string{"body_mass_g > 4000"},
//	})
//	err = datasets.WriteTable("gentoo.csv", rows.Cells)
//	full, err := model.Impute(ctx, gaps, nil) // one table for each draw
//	err = datasets.WriteTable("full.csv", full[0])
//	logp, err := model.LogProb(ctx, table)
//
// A likelihood of one's own, in units of the table, of columns that have a number in every
// row: a ratio was seen as 0.25 ± 0.005.
//
//	ratio := sde.OperatorFunc{Dim: 2, Out: 1,
//		F:    func(dst, v []float64) { dst[0] = v[0] / v[1] },
//		Grad: func(dst, v, w []float64) { dst[0], dst[1] = w[0]/v[1], -w[0]*v[0]/(v[1]*v[1]) },
//	}
//	a, err := model.InUnits(ratio, "bill_length_mm", "flipper_length_mm")
//	seen := sde.Observation{A: a, Y: mat.NewDense(1, 1, []float64{0.25}), Error: sde.NormalError{SD: 0.005}}
//	rows, err = model.Sample(ctx, 300, &tabular.Query{Terms: []guide.Term{guide.MMPS{Observation: seen}}})
//
// # Training
//
// Fit finds out what the columns are, encodes the rows (datasets.Codec), and trains a
// network with defaults that are a function of rows and columns alone (Defaults).
// NewTraining is the same in parts, for callers that save as it goes, stop, and resume
// to the same bits.
//
// # Rows
//
// Sample draws rows. A Query says what is known of them: values (Given), conditions
// (Where), equal shares of levels (Balance), a classifier, a guide file (guide/spec),
// guides of one's own on encoded rows (Terms; InUnits lets them observe columns in
// units of the table), and how the rows come to agree with all that (Conditioning):
// guides under any sampler, methods with steps of their own, or particles, whose
// weights correct what is approximate. What remains approximate is in DrawnRows.Caveats,
// and Calibrate finds out how much it matters, with the model as its own ground truth.
//
// Impute fills missing cells. LogProb scores rows. Encode and Decode move rows along
// the probability flow.
//
// # Randomness
//
// Results are functions of the model, the query and the seed. Row i depends on the seed
// and on i alone, except among particles of a group. The number of workers changes no
// bit, and a table drawn in parts (Query.First) is the same table.
package tabular
