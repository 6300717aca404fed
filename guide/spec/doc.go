// Package spec builds guides for the rows of a table from what is said of their
// columns, in the units of the table: observations, intervals, rewards, and the
// conditions of package where.
//
// # Guide files
//
// A guide file is a YAML document with a list under the key guide. Each entry is an
// observation, an interval or a reward:
//
//	guide:
//	  - method: mmps               # mmps, pigdm, dps or dps-norm; see File.Build for the default
//	    observe: {length: 0.5}     # columns and their values
//	    linear:                    # weighted sums of columns and their values
//	      - {weights: {height: 1, width: 1}, value: 0.4}
//	    noise: 0.02                # the standard deviation of the error, or its law:
//	                               # {law: normal, laplace or student-t, scale: 0.02, df: 4},
//	                               # {law: poisson}, {law: bernoulli}, {law: mixture, parts: […]};
//	                               # or a list, a law for each number: see ErrorLaw
//	    strength: 1                # of dps; 0 means 1
//	    zeta: 0.2                  # step length of dps-norm, which needs it
//	    curvature: true            # of mmps
//	    affine: {likelihood_scale: 4, prior_scale: 1}            # see AffineEntry
//	  - within: {column: rings, min: 3, max: 12}                 # min, max or both
//	  - within: {weights: {height: 1, width: -1}, min: 0}
//	  - reward: {weights: {length: 1}, strength: 2}              # strength·v for the sum v
//	  - reward: {weights: {length: 1}, strength: 2, target: 0.5} # -strength (v - target)²/2
//	  - prior: {from: fitted, to: {width: {law: normal, mean: 1, sd: 0.2}}}   # see PriorEntry
//	  - truncate: {column: rings, min: 3, max: 12}               # within, of one column
//
// The errors of one observation are independent, of the same law unless noise is a list, and
// in units of what is observed. A key that is not in this list is an error. A file is plain YAML, without
// anchors, aliases and tags, of at most 512 KiB and 32768 names, values and signs.
//
// # Columns
//
// Columns are encoded by maps v = T(z) (datasets.Transform). If all maps of a sum are
// affine, the sum is linear in encoded rows, and the methods in closed form apply.
// Otherwise it is an Operator with derivatives. A column with missing cells or atoms
// has no number in some rows: guide files refuse it.
package spec
