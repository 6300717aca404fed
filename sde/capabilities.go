package sde

// OperatorFunc and Stacked have every method, but some of their values cannot use
// them. So ask these functions what an operator can do, not a type assertion.

// PullerOf returns op as a Puller, and whether it can be used as one.
func PullerOf(op Operator) (Puller, bool) {
	p, ok := op.(Puller)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Grad != nil
	case Stacked:
		ok = o.all(func(p Operator) bool { _, ok := PullerOf(p); return ok })
	}
	return p, ok
}

// PusherOf returns op as a Pusher, and whether it can be used as one.
func PusherOf(op Operator) (Pusher, bool) {
	p, ok := op.(Pusher)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Tangent != nil
	case Stacked:
		ok = o.all(func(p Operator) bool { _, ok := PusherOf(p); return ok })
	}
	return p, ok
}

// PseudoInverterOf returns op as a PseudoInverter, and whether it can be used as one.
func PseudoInverterOf(op Operator) (PseudoInverter, bool) {
	p, ok := op.(PseudoInverter)
	switch o := op.(type) {
	case OperatorFunc:
		ok = o.Inverse != nil
	case LinearMap:
		ok = o.pinv != nil
	}
	return p, ok
}
