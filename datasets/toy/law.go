package toy

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"tweedie/internal/stream"
	"tweedie/internal/suggest"
)

// Law is a distribution in the plane: a mixture, in equal parts, of one
// component per class. The zero value is not a law; see Lookup.
type Law struct {
	name       string
	entropy    float64
	components []component
}

// component is the law of one class.
type component interface {
	// draw returns one point, from the next draws of rng.
	draw(rng *stream.Source) (x, y float64)
	// logDensity returns the log density at a point, in nats.
	logDensity(x, y float64) float64
}

var builders = [...]struct {
	name  string
	build func() Law
}{
	{"8gaussians", gaussians},
	{"checkerboard", checkerboard},
	{"moons", moons},
	{"circles", circles},
	{"rings", rings},
	{"swissroll", swissroll},
	{"pinwheel", pinwheel},
	{"2spirals", spirals},
	{"s-curve", sCurve},
}

// Names returns the names of all laws.
func Names() []string {
	names := make([]string, len(builders))
	for i, b := range builders {
		names[i] = b.name
	}
	return names
}

// Lookup returns the law of that name. The error for an unknown name suggests
// the nearest one, or lists all.
func Lookup(name string) (Law, error) {
	for _, b := range builders {
		if b.name == name {
			l := b.build()
			l.name = name
			return l, nil
		}
	}
	return Law{}, fmt.Errorf("no toy law is called %s; %s", suggest.Quote(name), suggest.Hint(name, Names()))
}

// Name returns the name that Lookup knows the law by.
func (l Law) Name() string { return l.name }

// Dim returns 2.
func (l Law) Dim() int { return 2 }

// Columns returns the names of the coordinates.
func (l Law) Columns() []string { return []string{"x", "y"} }

// Classes returns the number of classes, which are equally probable.
func (l Law) Classes() int { return len(l.components) }

// Entropy returns -E[ln p] in nats: no model has a smaller expected negative
// log likelihood. known says whether it is; it is for all laws there are.
// After a map with log determinant -LogDet of datasets.Encoder, subtract LogDet.
func (l Law) Entropy() (nats float64, known bool) { return l.entropy, !math.IsNaN(l.entropy) }

// Sample stores the rows first, first+1, … of the sample of that seed in dst,
// n×2. It panics unless dst has two columns.
func (l Law) Sample(dst *mat.Dense, seed uint64, first int) {
	n := rows(dst)
	key, rng := stream.NewKey(seed, "toy/"+l.name), stream.NewSource(stream.Key{})
	for i := range n {
		rng.Seek(key.At(uint64(first + i)))
		row := dst.RawRowView(i)
		row[0], row[1] = l.components[l.class(rng)].draw(rng)
	}
}

// Labels stores the classes, 0 … Classes-1, of the rows first, first+1, … of
// the sample of that seed in dst.
func (l Law) Labels(dst []float64, seed uint64, first int) {
	key, rng := stream.NewKey(seed, "toy/"+l.name), stream.NewSource(stream.Key{})
	for i := range dst {
		rng.Seek(key.At(uint64(first + i)))
		dst[i] = float64(l.class(rng))
	}
}

// class is the first draw of every row.
func (l Law) class(rng *stream.Source) int { return rng.IntN(len(l.components)) }

// LogProb stores the log density, in nats, of the rows of x, n×2, in dst. It
// is exact for 8gaussians and checkerboard; for the others it is a quadrature
// or a root search whose error is below 1e-9 nats where the density is above
// 1e-9 of its maximum. It is -Inf off the squares of the checkerboard, and
// farther than 12 from the center of the pinwheel.
func (l Law) LogProb(dst []float64, x *mat.Dense) {
	if rows(x) != len(dst) {
		panic("toy: size mismatch")
	}
	for i := range dst {
		dst[i] = l.logDensity(x.At(i, 0), x.At(i, 1))
	}
}

// ClassLogProb stores the log densities, in nats, of the rows of x, n×2, given
// their class in dst. See LogProb.
func (l Law) ClassLogProb(dst []float64, x *mat.Dense, class int) {
	Law{components: l.components[class : class+1]}.LogProb(dst, x)
}

func (l Law) logDensity(x, y float64) float64 {
	sum := newLogSum()
	for _, c := range l.components {
		sum.add(c.logDensity(x, y))
	}
	return sum.log() - math.Log(float64(len(l.components)))
}

func rows(x *mat.Dense) int {
	n, d := x.Dims()
	if d != 2 {
		panic("toy: a point has two coordinates")
	}
	return n
}

func mixture(entropy float64, components ...component) Law {
	return Law{entropy: entropy, components: slices.Clip(components)}
}

// logSum adds numbers given by their logarithms.
type logSum struct{ top, sum float64 } // exp(top) * sum

func newLogSum() logSum { return logSum{math.Inf(-1), 0} }

// negligible is the difference in logarithms below which rounding loses a term.
const negligible = -40

// matters reports whether a term of logarithm l would change the sum.
func (s *logSum) matters(l float64) bool { return l > s.top+negligible }

func (s *logSum) add(l float64) {
	switch {
	case l > s.top:
		s.sum = s.sum*math.Exp(s.top-l) + 1
		s.top = l
	case s.matters(l):
		s.sum += math.Exp(l - s.top)
	}
}

func (s *logSum) log() float64 {
	if s.sum == 0 {
		return math.Inf(-1)
	}
	return s.top + math.Log(s.sum)
}
