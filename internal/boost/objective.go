package boost

import (
	"math"

	"tweedie/internal/numeric"
)

// objective is a loss of the exponential family in its margin: the derivative is
// mean − target, and the second derivative a function of the mean.
type objective struct {
	outputs   int
	prior     []float64                     // margin to start from; −Inf for a class without rows
	mean      func(dst, margin []float64)   // of one row
	target    func(row, output int) float64 // what the mean should be
	curvature func(mean float64) float64
}

// leastCurvature keeps second derivatives positive where the mean has saturated.
const leastCurvature = 1e-16

// logistic is the loss of two classes: −log p(class).
func logistic(class []int) objective {
	ones := 0
	for _, c := range class {
		ones += c
	}
	return objective{
		outputs:   1,
		prior:     []float64{math.Log(float64(ones) / float64(len(class)-ones))},
		mean:      func(dst, margin []float64) { dst[0] = sigmoid(margin[0]) },
		target:    func(row, _ int) float64 { return float64(class[row]) },
		curvature: func(p float64) float64 { return max(p*(1-p), leastCurvature) },
	}
}

// softmax is the same of any number of classes.
func softmax(class []int, classes int) objective {
	prior := make([]float64, classes)
	for _, c := range class {
		prior[c]++
	}
	for k, v := range prior {
		prior[k] = math.Log(v / float64(len(class)))
	}
	return objective{
		outputs: classes,
		prior:   prior,
		mean:    softmaxTo,
		target: func(row, output int) float64 {
			if class[row] == output {
				return 1
			}
			return 0
		},
		curvature: func(p float64) float64 { return max(2*p*(1-p), leastCurvature) },
	}
}

// squared is the loss ½(y/unit − F)², unit the power of two next to the largest deviation
// from the mean, so that the least gain means the same in any unit of y.
func squared(y []float64) (obj objective, unit float64) {
	var mean float64
	for _, v := range y {
		mean += v / float64(len(y))
	}
	far := math.Abs(mean) * 0x1p-40 // rounding of the mean is not a deviation
	for _, v := range y {
		far = max(far, math.Abs(v-mean))
	}
	_, e := math.Frexp(far)
	unit = math.Ldexp(1, max(e, -500))
	return objective{
		outputs:   1,
		prior:     []float64{mean / unit},
		mean:      func(dst, margin []float64) { dst[0] = margin[0] },
		target:    func(row, _ int) float64 { return y[row] / unit },
		curvature: func(float64) float64 { return 1 },
	}, unit
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

// softmaxTo writes exp(margin)/Σexp(margin) to dst; one margin at least is finite.
func softmaxTo(dst, margin []float64) {
	copy(dst, margin)
	numeric.Softmax(dst)
}
