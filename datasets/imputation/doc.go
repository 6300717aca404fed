// Package imputation masks known cells of a table, imputes missing ones with simple
// methods, and scores imputers of any kind by the masked cells.
//
//	r, err := imputation.Compare(ctx, c, imputation.MaskingPlan{Share: 0.2, Seed: 1},
//		append([]imputation.Imputer{imputation.Func("model", impute)}, imputation.Baselines(1)...), 19)
//	...
//	err = r.WriteText(os.Stdout)
//
// # Masking
//
// Mask makes cells missing completely at random (MCAR), depending on columns that
// are not masked (MAR), or on the masked value itself (MNAR), by a logistic function
// whose intercept is solved for each column, so that the expected share of masked
// cells is the one asked for. Whether a cell is masked is a function of the seed,
// its row and its column.
//
// # Scores
//
// A missing cell has a distribution given the known cells. Its median minimizes the
// mean absolute error; averaged over draws, this error is larger for draws of the
// true distribution than for the median alone. The continuous ranked probability
// score and the log loss are proper: the true distribution, and no other, minimizes
// them. Coverage is the share of intervals that contain the truth, and W1 the
// distance of the imputed columns from the true ones: the mean as an imputation
// leaves them too narrow. Scores has the definitions.
//
// Intervals run from the 5 % to the 95 % quantile of the draws, the k-th of m
// draws being the quantile of k/(m+1), with linear interpolation between. When
// truth and draws come from one continuous distribution they cover exactly 90 % for 19,
// 39, 59 … draws, and nearly for other numbers; below 19 they are the range of
// the draws, which covers (m-1)/(m+1). Rounded numbers are covered a little
// more often, since ends count.
//
// # Baselines
//
// Mean, KNN and Iterative are common imputers, with no setting that depends on the
// data: the mean or most frequent level, nearest neighbors, forests trained column
// by column (MissForest), and draws from the leaves of such forests, the one
// baseline that imputes a distribution.
//
// # Tables
//
// A Reader reads a table in blocks, a model fills the missing cells of each block,
// and Writers write them, one for each draw, or one for the Point estimate of all.
package imputation
