// Package evaluate says how good a synthetic table is, and how it knows.
//
//	t, err := evaluate.Read(train, synthetic, holdout, nil) // sources of package datasets
//	r, err := evaluate.Evaluate(ctx, t, nil)
//	fmt.Println(r.Text())                                   // or r.WriteHTML(w), or JSON
//
// No score means anything alone, so every score stands beside that of four
// floors: tables made by methods that need no model worth the name
// (Independent, Copula, Mixture), and other real rows. A synthetic table is
// good when it does better than the first three and about as well as the last.
//
//   - Shapes compare columns one by one. A table of shuffled columns has the
//     best there are: they measure the encoder, not the model.
//   - Trends compare columns in pairs, all of them and the strong ones.
//   - Detection is 1 when a gradient-boosted classifier cannot tell synthetic
//     rows from real ones. It sees everything that the others do, so it is the
//     score to look at first. The logistic regression that is often used instead
//     gives shuffled columns full marks; it is shown for that.
//   - Utility is how well a predictor does on real rows that it has not seen,
//     when it was trained on synthetic ones.
//   - Wasserstein's distance and Coverage compare the rows as heaps of points.
//   - Privacy says whether training rows were copied. Of all scores but the
//     second of each pair of distances, a copied training set has the best:
//     read nothing without it.
//
// Scores that need rows no model has seen take them from the holdout table.
// Without one, prediction is trained on one half of the real rows and tested on
// the other, and what cannot be told is NaN, null in JSON: the notes of the
// report say so.
//
// Evaluate is a function of its tables, the options and the seed, whatever the
// number of workers. Functions are safe for concurrent use.
package evaluate
