// Package simulators has the tasks of the benchmark of simulation-based inference
// (Lueckmann, Boelts, Greenberg, Gonçalves & Macke 2021, arXiv:2101.04653, appendix T):
// a prior of parameters θ and a program that draws data x given θ. Where the density
// p(x|θ) or the posterior is known, a task has it, so that inference can be judged.
//
//	task                     θ    x    prior                  known
//	gaussian_linear          10   10   N(0, 0.1 I)            likelihood, posterior
//	gaussian_linear_uniform  10   10   U[-1, 1]               likelihood, posterior
//	gaussian_mixture          2    2   U[-10, 10]             likelihood, posterior
//	two_moons                 2    2   U[-1, 1]               likelihood, posterior
//	slcp                      5    8   U[-3, 3]               likelihood
//	slcp_distractors          5  100   U[-3, 3]               likelihood
//	bernoulli_glm            10   10   N(0, Q⁻¹)              likelihood
//	bernoulli_glm_raw        10  100   N(0, Q⁻¹)              likelihood
//	sir                       2   10   log-normal             likelihood
//	lotka_volterra            4   20   log-normal             likelihood
//
// Open returns one of these tasks or, by its command, a Program: a simulator of any language. A
// Drawing draws rows of either, all or, on several machines, a Part of them each.
//
// Row i of a simulation is a function of (seed, name of the task, i) and of its θ, so
// rows can be drawn in blocks and in any order. No number is NaN or infinite: a θ for
// which that cannot be had is an error that names its row. Tasks are immutable and safe
// for concurrent use.
//
// Two tasks have more than one reading. The differential equations of sir and
// lotka_volterra are solved in logarithms of what must stay positive, to a tolerance of
// 1e-8; the benchmark solves them in the quantities themselves, which may go below 0 by
// the tolerance. The distractors of slcp_distractors are ours, see there.
package simulators
