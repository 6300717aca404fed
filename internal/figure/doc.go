// Package figure draws the plots of reports and papers, on gonum/plot.
//
//	Scatter    data and samples side by side, on equal axes; Scatter2 without names
//	Corner     columns and pairs of columns of draws
//	Field      a vector field (a score) over a log density
//	Curve      lines, such as losses against steps
//	Cloud      draws over a density, with a line
//	Clouds     several of these side by side
//	Lines      lines with markers, such as errors against evaluations
//	Banded     either, over a band of confidence
//	Images     a grid of small pictures, PNG alone
//
// Each returns a Figure, which is written as PNG or as SVG. The same arguments
// give the same bytes. Colors are those of Okabe and Ito (2008), told apart by
// color-blind readers; series also differ in dashes or markers, for print in
// gray. Fonts are embedded in the program.
//
// Functions panic when shapes do not fit, and err when numbers cannot be drawn
// (nothing finite, a zero on a logarithmic axis). They are safe for concurrent
// use.
package figure
