package formula

// Affine returns the weights w of the inputs and the constant with which the value is
// w·x + offset. ok is false if it is not of this form as it is written: x*x/x is not.
func (f *Formula) Affine() (w []float64, offset float64, ok bool) {
	type form struct {
		w []float64 // nil if all are 0
		c float64
	}
	n := f.Inputs()
	add := func(a, b form, k float64) form { // a + k b
		r := form{c: a.c + k*b.c}
		if a.w != nil || b.w != nil {
			r.w = make([]float64, n)
			copy(r.w, a.w)
			for j, v := range b.w {
				r.w[j] += k * v
			}
		}
		return r
	}
	list := make([]form, len(f.nodes))
	for i, x := range f.nodes {
		switch x.Op {
		case Const:
			list[i].c = x.Value
			continue
		case Var:
			list[i].w = make([]float64, n)
			list[i].w[x.A] = 1
			continue
		}
		a, b := list[x.A], list[x.B]
		switch {
		case x.Op == Add:
			list[i] = add(a, b, 1)
		case x.Op == Sub:
			list[i] = add(a, b, -1)
		case x.Op == Neg:
			list[i] = add(form{}, a, -1)
		case x.Op == Mul && a.w == nil:
			list[i] = add(form{}, b, a.c)
		case x.Op == Mul && b.w == nil:
			list[i] = add(form{}, a, b.c)
		case x.Op == Div && b.w == nil:
			list[i] = add(form{}, a, 1/b.c)
		default:
			return nil, 0, false
		}
	}
	last := list[len(list)-1]
	if last.w == nil {
		last.w = make([]float64, n)
	}
	return last.w, last.c, true
}
