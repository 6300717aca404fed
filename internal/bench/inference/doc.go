// Package inference measures posteriors of simulators by the protocol of the benchmark of
// simulation-based inference (Lueckmann et al. 2021, arXiv:2101.04653): the classifier
// two-sample test of 10,000 draws against 10,000 of the reference posterior, for each
// task, number of simulations, seed and observation.
//
// A cell is a task, a number of simulations and a seed: one training, and the draws for
// all observations. Each cell that is done is a file of its own, so that a run that was
// interrupted goes on with the next cell.
package inference
