// Package calibration finds out how wrong a guide is on a model, by simulation-based
// calibration (Talts et al. 2018, arXiv:1804.06788): draw x from the model, an
// observation y from x, then rows of the guided model given y. If these are draws of
// the posterior, the rank of x among them is uniform in every column.
//
// A guide that ignores y is calibrated too, since draws of the prior rank x uniformly:
// the residual that guide.Monitor reports tells it apart.
package calibration
