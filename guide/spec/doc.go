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
//	    anneal: "1+4*t"            # the errors are so many times as wide at t
//	  - formula: "mass / height^2"                               # or a list of formulas
//	    value: 22                                                # and of their values
//	    noise: 0.5                                               # and method, … as above
//	  - within: {formula: "length * height", max: 2}
//	  - reward: {formula: "-abs(length - height)", strength: 2}
//	    curvature: true            # of mmps
//	    affine: {likelihood_scale: 4, prior_scale: 1}            # see AffineEntry
//	  - within: {column: rings, min: 3, max: 12}                 # min, max or both
//	  - within: {weights: {height: 1, width: -1}, min: 0}
//	  - reward: {weights: {length: 1}, strength: 2}              # strength·v for the sum v
//	  - reward: {weights: {length: 1}, strength: 2, target: 0.5} # -strength (v - target)²/2
//	  - command: python3 simulate.py # a program gives the observed numbers of a row: see Command
//	    value: [3.1, 2]              # what was observed, a number or a list
//	    noise: 0.1
//	    inverse: python3 inverse.py  # its pseudo-inverse, for method pigdm
//	    timeout: 30                  # seconds for an answer; a minute by default
//
// strength and zeta are numbers or, as anneal, formulas of the time such as "0.3*(1-t)", of the
// variables t (1 is noise, 0 data), sigma = σ/α and lambda = ln(α/σ); see File.Under.
//   - prior: {from: fitted, to: {width: {law: normal, mean: 1, sd: 0.2}}}   # see PriorEntry
//   - truncate: {column: rings, min: 3, max: 12}               # within, of one column
//
// The errors of one observation are independent, of the same law unless noise is a list, and
// in units of what is observed. A key that is not in this list is an error. A file is plain YAML, without
// anchors, aliases and tags, of at most 512 KiB and 32768 names, values and signs.
//
// A command has no derivative: methods fk and enkg take it, and pigdm with an inverse. It is
// run without a shell, by its words. Reading a guide file runs nothing, sampling by it does:
// so read the files of others before.
//
// # Formulas
//
// A formula is one of columns (quoted where a name is more than letters, digits, _ and
// dots): numbers, + - * / ^, exp, log, sqrt, abs, sin, cos, tanh, sigmoid, and min, max,
// sum and mean of several; the constants pi and e; and levels, as species = Gentoo, which is
// 1 or 0. Several lines are parts with names, "bmi = mass / height^2", the last being the
// value. Gorgonia differentiates it (nn.ParseExpression). A weighted sum is taken as such.
// It must be finite at the center of the data.
//
// # Columns
//
// Columns are encoded by maps v = T(z) (datasets.Transform). If all maps of a sum are
// affine, the sum is linear in encoded rows, and the methods in closed form apply.
// Otherwise it is an Operator with derivatives. A column with missing cells or atoms
// has no number in some rows: guide files refuse it.
package spec
