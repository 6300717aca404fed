package boost

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Classifier estimates the probabilities of classes. It is safe for concurrent
// use.
type Classifier struct {
	m       *model
	classes int
}

// Classify fits a classifier to the rows of x, n×p with NaN for a missing
// value, and their classes in [0, classes). Two classes are fitted by the
// logistic loss, more by softmax. A class that no row has gets probability
// zero, and a class that every row has gets one.
//
// It returns an error if an option, a class or a value cannot be used;
// infinite values cannot. It panics if class has not n elements.
func Classify(x *mat.Dense, class []int, classes int, o *Options) (*Classifier, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if err := checkRows(x, len(class)); err != nil {
		return nil, err
	}
	if classes < 1 {
		return nil, fmt.Errorf("boost: %d classes: give at least 1", classes)
	}
	for i, c := range class {
		if c < 0 || c >= classes {
			return nil, fmt.Errorf("boost: row %d has class %d: classes are 0 to %d", i, c, classes-1)
		}
	}
	obj := softmax(class, classes)
	if classes == 2 {
		obj = logistic(class)
	}
	m := fit(x, obj, &opts)
	m.obj.target = nil // lets go of the labels
	return &Classifier{m, classes}, nil
}

// Probabilities writes the probability of each class given each row of x to
// dst, n×classes; an empty dst is made that size. It panics on other shapes.
func (c *Classifier) Probabilities(dst, x *mat.Dense) {
	n, _ := x.Dims()
	if dst.IsEmpty() {
		dst.ReuseAs(n, c.classes)
	}
	if r, k := dst.Dims(); r != n || k != c.classes {
		panic("boost: dst is not rows×classes")
	}
	c.m.predict(x, func(i int, mean []float64) {
		row := dst.RawRowView(i)
		if c.classes == 2 {
			row[0], row[1] = 1-mean[0], mean[0]
			return
		}
		copy(row, mean)
	})
}

// Regressor estimates the mean of a number. It is safe for concurrent use.
type Regressor struct {
	m    *model
	unit float64 // of the model's numbers
}

// Regress fits a regressor to the rows of x, n×p with NaN for a missing value,
// and their numbers y by squared error. The errors and panics are Classify's;
// |y| must not exceed 1e150.
func Regress(x *mat.Dense, y []float64, o *Options) (*Regressor, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if err := checkRows(x, len(y)); err != nil {
		return nil, err
	}
	for i, v := range y {
		if !(math.Abs(v) <= 1e150) {
			return nil, fmt.Errorf("boost: row %d has target %g: leave out rows without one, and scale targets above 1e150", i, v)
		}
	}
	obj, unit := squared(y)
	opts.Gamma /= unit * unit
	m := fit(x, obj, &opts)
	m.obj.target = nil
	return &Regressor{m, unit}, nil
}

// Predict writes the estimate of each row of x to dst. It panics if dst has
// not as many elements as x has rows.
func (r *Regressor) Predict(dst []float64, x *mat.Dense) {
	if n, _ := x.Dims(); len(dst) != n {
		panic("boost: dst has not one element per row")
	}
	r.m.predict(x, func(i int, mean []float64) { dst[i] = mean[0] * r.unit })
}

func checkRows(x *mat.Dense, labels int) error {
	n, _ := x.Dims()
	if labels != n {
		panic("boost: labels are not as many as rows")
	}
	if n == 0 {
		return fmt.Errorf("boost: no rows: give at least one")
	}
	if int64(n) > math.MaxInt32 {
		return fmt.Errorf("boost: %d rows: give at most %d", n, math.MaxInt32)
	}
	for i := range n {
		for j, v := range x.RawRowView(i) {
			if math.IsInf(v, 0) {
				return fmt.Errorf("boost: row %d, column %d is %g: values are finite, or NaN where missing", i, j, v)
			}
		}
	}
	return nil
}
