// Package distill trains students: networks that draw rows in 1, 2 or 4 evaluations.
//
// A teacher's probability flow leads from noise x_t to x_r by
//
//	x_r = (σ_r/σ_t) x_t + (α_r − α_t σ_r/σ_t) D̃,    D̃ = ∫ e^λ D dλ / ∫ e^λ dλ,
//
// the posterior mean D being averaged along the way from λ_t to λ_r, λ = ln(α/σ). D̃ is a function
// of x_t, in the units of D, and of a category a law of its levels, as D is. So a student is the
// teacher's network, trained further to give D̃ in place of D at the few times where it is evaluated:
// by squares for numbers, by cross-entropy for levels. Nothing of it depends on the student: there
// is no second network to follow, and the losses of two runs can be compared.
//
//	m := sample.FlowMap{At: []float64{1, t2}, Reach: []float64{0}}
//	paths, err := distill.Draw(ctx, teacher, m, 20000, &distill.Options{Evaluations: 24})
//	held, rest := paths.Split(1000)
//	t, err := train.New(student, rest, held, train.Config{Steps: 4000, Objective: rest, Validation: held})
//
// Paths are drawn once, with a good solver, and trained on again and again.
//
// Matching is another way, better for tables with categories: the student draws rows x̃, and an auxiliary network
// that learns E[x̃ | x_s] says how they differ from those of the teacher.
//
//	m, err := distill.NewMatching(teacher, []float64{1, t2, t3, t4}, end, levels)
//	t, err := train.New(m, distill.Clean{X: rows}, nil, train.Config{Steps: 12000, Objective: m})
//	student := t.Result().(*distill.Matching).Student()
package distill
