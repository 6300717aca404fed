package nn

import "tweedie/sde"

// What types are meant to be, which the compiler checks: optional interfaces are
// found at run time.
var (
	_ Trainable     = (*Model)(nil)
	_ Trainable     = (*Classifier)(nil)
	_ Trainable     = (*Regressor)(nil)
	_ BlockGradient = (*Gradient)(nil)
	_ BlockGradient = (*ClassGradient)(nil)
	_ BlockGradient = (*ValueGradient)(nil)
	_ sde.Operator  = (*Expression)(nil)
	_ sde.Puller    = (*Expression)(nil)
)
