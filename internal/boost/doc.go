// Package boost fits gradient-boosted decision trees: the classifier and the
// regressor by which tables are judged (can a strong learner tell made rows
// from real ones, and is a model that learned from made rows good on real
// ones), nothing more general.
//
// # The model
//
// A margin F(x) starts at the one constant that fits the training rows best
// (the log-odds, the logarithms of the class shares, the mean) and each round
// adds η·f(x), a tree f per output. With g and h the first and second
// derivatives of the loss in the margin, a leaf that holds the rows I is worth
//
//	w = −G/(H+λ),   G = Σ_{i∈I} gᵢ,   H = Σ_{i∈I} hᵢ
//
// and a leaf is split where it most improves the second-order expansion of the
// loss (Chen & Guestrin 2016, eq. 5 and 7, arXiv:1603.02754):
//
//	gain = G_L²/(H_L+λ) + G_R²/(H_R+λ) − G²/(H+λ)
//
// Three losses are here, all of an exponential family in its canonical
// parameter, so that g = mean − target: logistic, softmax (one tree per class
// and round; its h is doubled, the usual bound on the off-diagonal terms) and
// squared error.
//
// # How it is computed
//
// Values are replaced by the number of their bin, at most 256 of a column,
// between quantiles (bins.go). Columns of which no two leave their commonest
// bin in the same row, such as one-hot columns, share one byte per row
// (bundle.go; Ke et al. 2017, LightGBM, §4). A node's histogram holds G and H
// of every bin; only the smaller of two siblings is counted, the other is the
// parent's minus it (grow.go). A missing value has a bin of its own, and each
// split learns the side on which it goes (Chen & Guestrin 2016, algorithm 3).
//
// G and H are summed in fixed point, 62 bits for the whole of the rows
// (histogram.go). Integer sums are exact: neither the order of the rows, nor
// the subtraction, nor how the work is shared out among goroutines can move a
// bit of a tree.
package boost
