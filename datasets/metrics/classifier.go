package metrics

import (
	"context"
	"math"

	"tweedie/internal/kernel"
	"tweedie/internal/mersenne"
)

// The constants of scikit-learn's MLPClassifier.
const (
	c2stBatch    = 200
	c2stRate     = 1e-3
	c2stBeta1    = 0.9
	c2stBeta2    = 0.999
	c2stEps      = 1e-8
	c2stPenalty  = 1e-4 // alpha
	c2stFall     = 1e-4 // tol
	c2stPatience = 10   // n_iter_no_change
	// c2stMostLoss is -ln of the smallest probability that counts, the float32 epsilon.
	c2stMostLoss = 15.942385
)

// classifier is a network d → h → h → 1 with rectified units, h = 10 d in C2ST. Its parameters lie
// behind each other as weight, bias, weight, …; a weight is in×out.
type classifier struct {
	size                            [4]int
	start                           [7]int
	param, grad, moment, square     []float32
	x, first, second, d1, d2, logit []float32
	ws                              kernel.Workspace
	rng                             *mersenne.State
	steps                           int
}

func newClassifier(d int, seed uint32) *classifier { return newClassifierOf(d, 10*d, seed) }

// newClassifierOf has h units in both hidden layers.
func newClassifierOf(d, h int, seed uint32) *classifier {
	c := &classifier{size: [4]int{d, h, h, 1}, rng: mersenne.New(seed)}
	n := 0
	for l := range 3 {
		c.start[2*l] = n
		n += c.size[l] * c.size[l+1]
		c.start[2*l+1] = n
		n += c.size[l+1]
	}
	c.start[6] = n
	for _, p := range []*[]float32{&c.param, &c.grad, &c.moment, &c.square} {
		*p = make([]float32, n)
	}
	for l := range 3 { // Glorot & Bengio 2010, for biases as well
		bound := math.Sqrt(6 / float64(c.size[l]+c.size[l+1]))
		for i := c.start[2*l]; i < c.start[2*l+2]; i++ {
			c.param[i] = float32(-bound + 2*bound*c.rng.Float64())
		}
	}
	c.x, c.logit = make([]float32, c2stBatch*d), make([]float32, c2stBatch)
	for _, p := range []*[]float32{&c.first, &c.second, &c.d1, &c.d2} {
		*p = make([]float32, c2stBatch*h)
	}
	return c
}

func (c *classifier) weight(p []float32, l int) []float32 { return p[c.start[2*l]:c.start[2*l+1]] }
func (c *classifier) bias(p []float32, l int) []float32   { return p[c.start[2*l+1]:c.start[2*l+2]] }

// forward leaves the activations of a batch, and returns its logits.
func (c *classifier) forward(rows []float32, batch []int) []float32 {
	d, h, k := c.size[0], c.size[1], len(batch)
	for i, id := range batch {
		copy(c.x[i*d:i*d+d], rows[id*d:id*d+d])
	}
	kernel.GemmNN(&c.ws, k, h, d, c.x, d, c.weight(c.param, 0), h, c.first, h, false)
	rectify(c.first, c.bias(c.param, 0), k, h)
	kernel.GemmNN(&c.ws, k, h, h, c.first, h, c.weight(c.param, 1), h, c.second, h, false)
	rectify(c.second, c.bias(c.param, 1), k, h)
	w, b := c.weight(c.param, 2), c.bias(c.param, 2)[0]
	for i := range k {
		c.logit[i] = b + dot(c.second[i*h:i*h+h], w)
	}
	return c.logit[:k]
}

// dot has four sums, which a processor adds side by side.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	j := 0
	for ; j+4 <= len(a); j += 4 {
		u, v := a[j:j+4:j+4], b[j:j+4:j+4]
		s0 += u[0] * v[0]
		s1 += u[1] * v[1]
		s2 += u[2] * v[2]
		s3 += u[3] * v[3]
	}
	for ; j < len(a); j++ {
		s0 += a[j] * b[j]
	}
	return s0 + s1 + (s2 + s3)
}

// rectify is max(a + bias, 0), without branches, of which a half would be guessed wrong.
func rectify(a, bias []float32, rows, n int) {
	kernel.AddBias(a[:rows*n], bias, rows, n, n)
	for i, v := range a[:rows*n] {
		u := math.Float32bits(v)
		a[i] = math.Float32frombits(u &^ uint32(int32(u)>>31))
	}
}

// keep is v where the rectified activation a is above 0, and 0 elsewhere, without a branch.
func keep(v, a float32) float32 {
	u := math.Float32bits(a)
	return math.Float32frombits(math.Float32bits(v) & uint32(int32(u|-u)>>31))
}

// train makes steps until the loss falls no more, and returns it for each epoch.
func (c *classifier) train(ctx context.Context, rows, class []float32, training []int, epochs int) (losses []float64) {
	least, since := math.Inf(1), 0
	order, shuffled := append([]int(nil), training...), make([]int, len(training))
	for range epochs {
		for i, k := range c.rng.Perm(len(order)) {
			shuffled[i] = order[k]
		}
		order, shuffled = shuffled, order
		total := 0.0
		for s := 0; s < len(order); s += c2stBatch {
			batch := order[s:min(s+c2stBatch, len(order))]
			total += c.step(rows, class, batch) * float64(len(batch))
		}
		loss := total / float64(len(order))
		losses = append(losses, loss)
		if loss > least-c2stFall {
			since++
		} else {
			since = 0
		}
		least = math.Min(least, loss)
		if since > c2stPatience || ctx.Err() != nil || math.IsNaN(loss) {
			break
		}
	}
	return losses
}

// step makes one step of Adam on a batch, and returns the loss before it.
func (c *classifier) step(rows, class []float32, batch []int) float64 {
	d, h, k := c.size[0], c.size[1], len(batch)
	loss := c.output(c.forward(rows, batch), class, batch)
	kernel.GemmTN(&c.ws, h, h, k, c.first, h, c.d2, h, c.weight(c.grad, 1), h, false)
	kernel.ColSum(c.bias(c.grad, 1), c.d2, k, h, h, false)
	kernel.GemmNT(&c.ws, k, h, h, c.d2, h, c.weight(c.param, 1), h, c.d1, h, false)
	d1 := c.d1[:k*h]
	for i, a := range c.first[:k*h] {
		d1[i] = keep(d1[i], a)
	}
	kernel.GemmTN(&c.ws, d, h, k, c.x, d, c.d1, h, c.weight(c.grad, 0), h, false)
	kernel.ColSum(c.bias(c.grad, 0), c.d1, k, h, h, false)
	penalty := 0.0
	for l := range 3 {
		w, g := c.weight(c.param, l), c.weight(c.grad, l)
		penalty += kernel.SumSquares(w)
		for i, v := range w {
			g[i] += c2stPenalty / float32(k) * v
		}
	}
	c.steps++
	t := float64(c.steps)
	rate := c2stRate * math.Sqrt(1-math.Pow(c2stBeta2, t)) / (1 - math.Pow(c2stBeta1, t))
	kernel.Adam(c.param, c.grad, c.moment, c.square, nil, kernel.AdamStep{
		LR: rate, Beta1: c2stBeta1, Beta2: c2stBeta2, Eps: c2stEps, Correction1: 1, Correction2: 1,
	})
	return (loss + c2stPenalty/2*penalty) / float64(k)
}

// output returns the summed loss of a batch, and stores the gradient of the mean with
// respect to the last layer and to the second hidden one.
func (c *classifier) output(logit, class []float32, batch []int) float64 {
	h, k := c.size[1], len(batch)
	w, g := c.weight(c.param, 2), c.weight(c.grad, 2)
	clear(g)
	var bias float32
	loss := 0.0
	for i, id := range batch {
		z, y := float64(logit[i]), float64(class[id])
		loss += math.Min(math.Max(z, 0)-z*y+math.Log1p(math.Exp(-math.Abs(z))), c2stMostLoss)
		e := float32(1/(1+math.Exp(-z))-y) / float32(k)
		bias += e
		row, below := c.second[i*h:i*h+h], c.d2[i*h:i*h+h]
		g, w := g[:len(row)], w[:len(row)]
		for j, a := range row {
			g[j] += e * a
			below[j] = keep(e*w[j], a)
		}
	}
	c.bias(c.grad, 2)[0] = bias
	return loss
}

// accuracy is the share of the rows whose class is the more probable one.
func (c *classifier) accuracy(rows, class []float32, held []int) float64 {
	right := 0
	for s := 0; s < len(held); s += c2stBatch {
		batch := held[s:min(s+c2stBatch, len(held))]
		for i, z := range c.forward(rows, batch) {
			if (z > 0) == (class[batch[i]] > 0) {
				right++
			}
		}
	}
	return float64(right) / float64(len(held))
}
