// Package train fits score models: batches of noisy rows from package losses,
// gradients from package nn, AdamW with an exponential moving average,
// validation on held-out rows at fixed times with fixed noise, early stopping
// on it, and resuming.
//
//	t, err := train.New(model, data, held, train.Config{Steps: 10000, Objective: losses.Denoising{Sched: sde.VP{}}})
//	err = t.Run(ctx)
//	model = t.Model()
//
// A step (trainer.go) cuts its batch into blocks of nn.BlockRows rows, which Accumulators
// gradient accumulators add up in a fixed order (accumulate.go); a pool of goroutines
// (workerpool.go) computes accumulators and, afterwards, updates chunks of parameters
// (update.go). Neither the number of workers nor an interruption changes a bit
// of the result: draws are functions of (seed, step, row), sums have a fixed
// order, and the saved state (state.go) is complete.
//
// Reports of a run go to Observe: OpenReports keeps them as lines of JSON (reports.go), and
// WriteHTML and LossFigure show them.
//
// Nothing is kept of a step whose loss is not finite: the run stops with an
// error that names the step, the row and its time, and the state before it
// stands.
package train
