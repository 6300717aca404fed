// Package nn holds the networks: score models whose graphs Gorgonia defines
// and differentiates. Gorgonia does not show in the exported API; callers see
// a Model, which is an sde.Differentiable.
//
// From outside in:
//
//   - Model (config.go, model.go, pullback.go): a denoiser. precondition.go wraps the network so that
//     an untrained one is exactly the Gaussian denoiser of the data's mean and
//     variance, or of moments that a row brings (rowmoments.go); Conditional (conditional.go) binds conditions and is again a denoiser.
//   - What the network sees: numbers with Fourier features (fourier.go), categories as
//     posteriors (category.go). dropout.go leaves hidden units out.
//   - MLP (mlp.go): the residual network, F(x̂, f). features.go makes the
//     features f of the time, condition.go those of the conditions, each with
//     a null token of its own. encoder.go embeds numbers, or sets of points, that a row is
//     conditioned on: in the graph in training (encoder_graph.go), once for each row
//     in sampling (embed.go).
//   - Classifier (classifier.go): p(c|x_t) and its gradient in x_t, for guidance; Regressor
//     (regressor.go, gaussian.go): a normal law p(E|x_t) of a number, with the same.
//   - Architecture (architecture.go): a network of one's own in the place of the MLP, in stock
//     ops on Gorgonia's machine (ownmachine.go), which is tried before it is used
//     (ownchecks.go).
//   - Expression (expression.go): a user's own function of rows as an observation
//     operator or reward: a Gorgonia expression in stock ops on Gorgonia's machine
//     (expression_stock.go), or formulas (formula.go) in elementwise ops (vector.go) that
//     Gorgonia differentiates (vector_grad.go), as a program of ours (vector_program.go).
//   - Gradient (gradient.go): parameter gradients of a block, for training.
//   - machine (machine.go): a graph compiled for Block rows, with its buffers.
//     Every batch is cut into blocks of that size; workers have machines of
//     their own over shared parameters; so neither the batch size nor the
//     number of workers changes a bit of any row.
//   - program (program.go): the executable part of a graph, in Gorgonia's
//     topological order.
//   - op (op.go), layer (layer.go, layer_grad.go), costs (cost.go): the fused
//     Gorgonia ops. No op spans more than one layer, gorgonia.Grad builds the
//     backward graph from their gradient ops, and a twin of the network in
//     stock ops gives the same values and gradients (graph_test.go).
//
// Parameters (params.go) are float32 in one flat memory; everything exported
// is float64. Initial parameters come from named streams of a seed, never from
// Gorgonia's clock-seeded initializers.
package nn
