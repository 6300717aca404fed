package sde

// What types are meant to be beside what they must be, which the compiler checks:
// optional interfaces are found at run time, and one that a type misses by a slip
// is not missed by anyone.
var (
	_ Puller         = OperatorFunc{}
	_ Pusher         = OperatorFunc{}
	_ PseudoInverter = OperatorFunc{}
	_ Puller         = LinearMap{}
	_ Pusher         = LinearMap{}
	_ PseudoInverter = LinearMap{}
	_ Puller         = Columns{}
	_ Pusher         = Columns{}
	_ PseudoInverter = Columns{}
	_ Puller         = Stacked{}
	_ Pusher         = Stacked{}

	_ LocallyGaussian = NormalError{}
	_ LocallyGaussian = LaplaceError{}
	_ LocallyGaussian = StudentTError{}
	_ LocallyGaussian = MixtureError{}
	_ LocallyGaussian = ScaledError{}
	_ LocallyGaussian = AnnealedError{}
	_ LocallyGaussian = ErrorPerEntry{}
	_ LocallyGaussian = PoissonLikelihood{}
	_ LocallyGaussian = BernoulliLikelihood{}

	_ Differentiable = (*Gaussian)(nil)
	_ Differentiable = (*Mixture)(nil)
	_ Differentiable = (*Product)(nil)
	_ Differentiable = (*Box)(nil)
	_ Differentiable = (*Transformed)(nil)
	_ cells          = (*Box)(nil)
	_ cells          = (*Transformed)(nil)

	_ Chain   = (*DDPM)(nil)
	_ Chain   = (*SMLD)(nil)
	_ Noise   = (*Streams)(nil)
	_ Wrapper = extended{}
)
