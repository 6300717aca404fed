// Package gaps measures how well missing cells of a table are filled: it hides
// known ones, has imputers fill them several times over, and scores the draws
// against what was hidden.
//
//	r, err := imputation.Compare(ctx, c, imputation.Masking{Share: 0.2, Seed: 1},
//		append([]imputation.Imputer{imputation.Func("model", impute)}, imputation.Baselines(1)...), 19)
//	...
//	err = r.WriteText(os.Stdout)
//
// # Hiding
//
// Mask makes holes completely at random (MCAR), depending on columns that stay
// whole (MAR), or on the hidden value itself (MNAR), by a logistic function
// whose intercept is solved for each column, so that the expected share of
// hidden cells is the one asked for. A cell's fate is a function of the seed,
// its row and its column.
//
// # Scores
//
// A missing cell has a law, not a value. Mean absolute errors tell how near a
// value comes, and the best value is the median; averaged over draws they
// punish draws for varying as the truth does. The continuous ranked probability
// score and the log loss are proper: the true law, and no other, minimises
// them. Coverage says whether intervals can be relied upon, and W1 what filling
// does to the table: a mean leaves it too narrow. Report has the definitions.
//
// Intervals run from the 5 % to the 95 % quantile of the draws, the k-th of m
// draws being the quantile of k/(m+1), with linear interpolation between. When
// truth and draws come from one continuous law they cover exactly 90 % for 19,
// 39, 59 … draws, and nearly for other numbers; below 19 they are the range of
// the draws, which covers (m-1)/(m+1). Rounded numbers are covered a little
// more often, since ends count.
//
// # Baselines
//
// Mean, KNN and Iterative are what users would reach for otherwise, with no
// setting that depends on the data: the mean or most frequent level, nearest
// neighbors, forests trained in turns (MissForest), and draws from the leaves
// of such forests, the one baseline here that has a law to offer.
package imputation
