// Package inference tells whether the posteriors of an inference model are right, from
// simulations that the model has not seen: pairs of parameters θ and data x, a row each.
//
//	r, err := inference.Calibrate(ctx, model, sims, nil)
//	fmt.Println(r.Verdict())
//	err = r.WriteFolder("calibration", calibration.Page{}) // a page, figures, the numbers
//
// Each diagnostic has its blind spot, so there are several.
//
//   - Ranks of the true θ among draws of q(θ|x), parameter by parameter (Talts et al. 2018,
//     arXiv:1804.06788): too wide, too narrow, too high, too low, on average over x. They see
//     no relation between parameters, and a model that has learned nothing passes.
//   - TARP (Lemos et al. 2023, arXiv:2302.03026): the share of draws that are nearer to a
//     reference point than the true θ. It sees all parameters at once, and with references
//     that follow x, a model that ignores x.
//   - Regions of highest density (Hermans et al. 2022, arXiv:2110.06581): the share of draws
//     whose log q is higher than that of the true θ.
//   - At one observation, where no true θ is known: the local classifier two-sample test
//     (Linhart et al. 2023, arXiv:2306.03580), and whether the observation is like the
//     simulations at all, without which nothing above says anything about it.
//   - Where there is a simulator: whether data of drawn parameters look as the observation.
//
// All are tests with p-values that hold at finite numbers of simulations; Report.Alpha
// shares one level among those of a report. Results are functions of the arguments and the
// seed, whatever the number of workers; machines can do Parts, whose reports Join makes one.
// Functions are safe for concurrent use.
package inference
