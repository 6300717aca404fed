// Package toy has laws in the plane on which generative models are tried:
// easy to draw, hard in one way each, and with density and entropy known, so
// that a negative log likelihood can be read against its floor.
//
//	name          density                                          classes  entropy
//	8gaussians    eight Gaussians on a circle                            8   2.8319
//	checkerboard  uniform on eight squares                               8   ln 32
//	moons         two half circles, σ = 0.2                              2   2.3939
//	circles       two circles, σ = 0.24                                  2   3.2681
//	rings         four circles, σ = 0.08                                 4   2.6232
//	swissroll     an Archimedean spiral, σ = 0.2                         1   2.6697
//	pinwheel      five Gaussians, sheared into arms                      5   2.3178
//	2spirals      two spirals, thickened by a square and σ = 0.1         2   2.6455
//	s-curve       two arcs of a circle, σ = 0.1                          1   1.3764
//
// Entropies are in nats, in the units of the generators. The laws are those of
// Grathwohl et al. 2019 (FFJORD, arXiv:1810.01367), lib/toy_data.py, at its
// scales, with two differences. Positions along a curve are uniform draws and
// not a fixed grid, and classes are draws and not equal counts, so that rows
// are independent and identically distributed. And s-curve, which is not
// there, is scikit-learn's make_s_curve(noise=0.1) seen from the side,
//
//	(sin t, sign(t) (cos t - 1)) + 0.1 z,   t = 3π(u - ½);
//
// without noise it would have no density.
//
// Pictures is a law of another kind: small pictures in color, for colorization.
//
// Row i of a sample is a function of (seed, name of the law, i), so a sample
// can be drawn in blocks, in any order. Laws are immutable and safe for
// concurrent use.
package toy
