// Package oracle recomputes, apart from packages sde and sample and in a
// different form, what samplers do to one-dimensional Gaussian data.
//
// For data N(m, v) the exact score is affine in x, and so is every step of a
// fixed-step sampler: the law of its output is a Gaussian whose mean and
// variance follow exactly, with no sampling. A Recursion pushes a point and one
// noise at a time through a sampler written in scores and closed-form VP
// coefficients (package sample writes its methods in denoisers and general
// ones), and Law adds up the result.
//
// The package also has the probability-flow map of a Gaussian, the quantile
// form of it for one-dimensional mixtures, and slopes of convergence. Each
// recursion has twins with a planted error, for tests of the tests.
package oracle
