package nn

import (
	"math"

	"tweedie/checkpoints/onnx"
	"tweedie/sde"
)

// exportLevel is what a graph knows of a noise level: constants of one time, or functions
// of times that are an input. The first three and the features have one column, the others
// one for each position.
type exportLevel struct {
	alpha, sigma, sigma2 onnx.Edge
	gain                 onnx.Edge // α/σ², of categories
	alphaMean            onnx.Edge // α m
	k, cin, cout         onnx.Edge // see precond
	tau2                 onnx.Edge // of numbers with Fourier features, in their order
	time                 onnx.Edge // features of λ
}

// leastSigma2 keeps divisions by σ² finite at t = 0.
const leastSigma2 = 1e-30

// at is the level of one time, as constants.
func (e *exporter) at(c sde.Coeff) *exportLevel {
	g := e.g
	if e.RowMoments {
		time := make([]float64, timeFeatures)
		for k, omega := range timeOmega {
			time[k], time[timeFreqs+k] = math.Sincos(clipLambda(c.Lambda()) * omega)
		}
		return e.level(g.Row(c.Alpha), g.Row(c.Sigma), g.Row(time...))
	}
	var w coeffs
	e.precond.at(&w, c)
	s2 := max(c.Sigma*c.Sigma, leastSigma2)
	am, time, tau2 := make([]float64, len(e.mean)), make([]float64, timeFeatures), make([]float64, len(e.numbers))
	for j, m := range e.mean {
		am[j] = c.Alpha * m
	}
	for k, omega := range timeOmega {
		time[k], time[timeFreqs+k] = math.Sincos(w.lambda * omega)
	}
	for i, j := range e.numbers {
		tau2[i] = s2 / (float64(c.Alpha*c.Alpha*e.variance[j]) + s2)
	}
	l := &exportLevel{
		alpha: g.Scalar(c.Alpha), sigma: g.Scalar(c.Sigma), sigma2: g.Scalar(s2), gain: g.Scalar(c.Alpha / s2),
		alphaMean: g.Row(am...), k: g.Row(w.k...), cin: g.Row(w.cin...), cout: g.Row(w.cout...), time: g.Row(time...),
	}
	if len(tau2) > 0 {
		l.tau2 = g.Row(tau2...)
	}
	return l
}

// levelOf is that of times, T×1, by the formulas of the schedule.
func (e *exporter) levelOf(t onnx.Edge) *exportLevel {
	g := e.g
	alpha, sigma := e.kernel(t)
	lambda := g.Op("Log", g.Op("Div", alpha, g.Op("Max", sigma, g.Scalar(math.Sqrt(leastSigma2)))))
	lambda = g.Op("Min", g.Op("Max", lambda, g.Scalar(-maxLambda)), g.Scalar(maxLambda))
	angle := g.Op("Mul", lambda, g.Row(timeOmega[:]...))
	return e.level(alpha, sigma, g.Concat(g.Op("Sin", angle), g.Cos(angle)))
}

// level is that of α and σ, T×1, and the features of λ.
func (e *exporter) level(alpha, sigma, time onnx.Edge) *exportLevel {
	g := e.g
	l := &exportLevel{alpha: alpha, sigma: sigma, time: time}
	l.sigma2 = g.Op("Max", g.Op("Mul", l.sigma, l.sigma), g.Scalar(leastSigma2))
	l.gain = g.Op("Div", l.alpha, l.sigma2)
	l.alphaMean = g.Op("Mul", l.alpha, e.m)
	a2 := g.Op("Mul", l.alpha, l.alpha)
	den := g.Op("Add", g.Op("Mul", a2, e.v), l.sigma2)
	wide := g.Op("Add", g.Op("Mul", a2, e.scale), l.sigma2)
	l.k = g.Op("Div", g.Op("Mul", l.alpha, e.v), den)
	l.cin = g.Op("Div", g.Scalar(1), g.Op("Sqrt", wide))
	l.cout = g.Op("Mul", l.sigma, g.Op("Sqrt", g.Op("Div", e.v, den)))
	if len(e.numbers) > 0 {
		l.tau2 = g.Columns(g.Op("Div", l.sigma2, den), e.numbers...)
	}
	return l
}

// kernel is α and σ of times. Nothing cancels in float32: 1 − e^{−B} is 2h/(1+h) with
// h = tanh(B/2).
func (e *exporter) kernel(t onnx.Edge) (alpha, sigma onnx.Edge) {
	g := e.g
	spec, _ := sde.SpecOf(e.Sched) // exporter has checked it
	p := spec.Params
	switch spec.Kind {
	case "vp", "subvp":
		b0, b1 := p["beta_min"], p["beta_max"]
		half := g.Op("Mul", t, g.Op("Add", g.Op("Mul", t, g.Scalar((b1-b0)/4)), g.Scalar(b0/2))) // B/2
		h := g.Op("Tanh", half)
		variance := g.Op("Div", g.Op("Mul", h, g.Scalar(2)), g.Op("Add", h, g.Scalar(1)))
		if alpha = g.Op("Exp", g.Op("Neg", half)); spec.Kind == "subvp" {
			return alpha, variance
		}
		return alpha, g.Op("Sqrt", variance)
	case "ve":
		lo, hi := p["sigma_min"], p["sigma_max"]
		sigma = g.Op("Exp", g.Op("Add", g.Op("Mul", t, g.Scalar(math.Log(hi/lo))), g.Scalar(math.Log(lo))))
		return g.Op("Div", sigma, sigma), sigma
	case "cosine":
		start := math.Asin(p["sigma_min"])
		length := math.Acos(p["alpha_min"]) - start
		theta := g.Op("Add", g.Op("Mul", t, g.Scalar(length)), g.Scalar(start))
		// cos θ near π/2, as a sine
		return g.Op("Sin", g.Op("Add", g.Op("Mul", g.Op("Sub", g.Scalar(1), t), g.Scalar(length)), g.Scalar(math.Pi/2-start-length))), g.Op("Sin", theta)
	case "rectified":
		least := p["alpha_min"]
		return g.Op("Add", g.Op("Mul", g.Op("Sub", g.Scalar(1), t), g.Scalar(1-least)), g.Scalar(least)), t
	}
	panic("nn: a schedule without a graph")
}
