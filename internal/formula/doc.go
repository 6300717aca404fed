// Package formula reads formulas of named variables and evaluates them.
//
// A formula is one expression, or several lines (or parts separated by semicolons), of
// which all but the last give an expression a name:
//
//	r = sqrt(x0*x0 + x1*x1)
//	log(r) - 1
//
// The last line is the value, with or without a name; a line uses those above it. In an
// expression are
//
//   - - * / ^                      ^ binds tighter than the sign (-x^2 is -(x^2)), from the right
//     1, .5, 2e-3, pi, e             numbers and constants
//     mass, "Order Date"             variables; quoted by ", ' or ` if a name is more than
//     letters, digits, _ and dots (a doubled quote stands for one)
//     species = Gentoo               1 if a column has the level and 0 otherwise (an indicator)
//     exp log sqrt abs sin cos tanh sigmoid    functions of one argument
//     min max sum mean               functions of one argument or more
//     # comment                      to the end of the line
//
// A variable hides a constant of its name. A formula has at most MaxNodes operations, numbers
// and variables, is nested at most MaxDepth deep and has at most MaxBytes bytes. Errors say
// which character of which line is at fault.
//
// The result is a list of nodes, each of which follows its arguments, without common
// subexpressions and with the constants folded. Value evaluates it; package nn compiles
// it to a graph.
package formula
