// Package calibration finds out how wrong a guide is on a model, by simulation-based
// calibration (Talts et al. 2018, arXiv:1804.06788): draw x from the model, an
// observation y from x, then rows of the guided model given y. If these are draws of
// the posterior, the rank of x among them is uniform in every column.
//
// A guide that ignores y passes that, since draws of the prior rank x uniformly. Report.Fit
// tells it apart: the rank of log p(y|x) of the truth among those of the draws (Modrák et
// al. 2023, arXiv:2211.02383).
//
// Where there is nothing to draw (a truncated prior, a reward) there is one law, and
// Against compares guided rows with weighted rows of the prior.
//
// Report.WriteFolder writes a report with its figures and a page, Read reads it again, and Join
// and JoinFiles make one of the reports of parts that machines did.
//
// Model.Calibrate of train/tabular does both for any query of a table.
package calibration
