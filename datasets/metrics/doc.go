// Package metrics compares a sample with data: column by column
// (KolmogorovSmirnov, Wasserstein) and jointly
// (CorrelationDifference, SlicedWasserstein, C2ST). LC2ST compares draws of posteriors with
// the true ones at one observation, from simulations.
//
// But for C2ST's accuracy and LC2ST's p-value, every number is a distance, 0 for equal samples and with an expectation
// above 0 for two samples of the same law. Read it against the same number
// between two parts of the data: a model whose rows are as far from held-out
// rows as the training rows are has nothing left to learn from that metric.
//
// Only KolmogorovSmirnov and CorrelationDifference do not depend on the units
// of the columns; standardize both samples alike before the others.
//
// A NaN in the input makes the result NaN. All functions leave their arguments
// as they are and are safe for concurrent use.
package metrics
