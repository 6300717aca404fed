package tabular

import (
	"tweedie/datasets"
	"tweedie/nn"
	"tweedie/train"
)

// newTrainer returns a trainer of a new model, or classifier.
func (t *Training) newTrainer() (*train.Trainer, error) {
	var m nn.Trainable
	var err error
	if t.matching != nil {
		m = t.matching.Over(t.matching.Parameters().Clone())
	} else if t.teacher != nil {
		net := t.teacher.net.Model
		m = net.With(net.Params.Clone())
	} else if t.like != nil {
		m, err = t.newClassifier()
	} else {
		m, err = t.newModel()
	}
	if err != nil {
		return nil, err
	}
	rows := t.rows
	if t.set.NeighborMixup > 0 {
		if rows, err = t.mixed(); err != nil {
			return nil, err
		}
	}
	return train.New(m, rows, t.held, t.cfg)
}

// Rows are mixed with one of mixupNeighbors others, a quarter of all at most, and
// compared in pairs for that.
const (
	mixupNeighbors = 40
	maxMixupRows   = 20000
)

func (t *Training) mixed() (train.Rows, error) {
	n := t.rows.Len()
	if n > maxMixupRows {
		return nil, bad("neighbor-mixup", "is for small tables: this one has %d rows to train on, and at most %d can be compared in pairs", n, maxMixupRows)
	}
	e := t.data.Codec
	var numbers []int
	for _, b := range e.Blocks() {
		if b.Kind == datasets.Continuous {
			numbers = append(numbers, b.Start)
		}
	}
	var scales []float64
	for _, c := range t.conditions() {
		scales = append(scales, c.Std)
	}
	d := e.Dim()
	if t.pca != nil {
		d, _ = t.pca.Dims()
		numbers = numbers[:d] // all components are numbers
		for k := range numbers {
			numbers[k] = k
		}
	}
	return train.NewNeighborMixup(t.rows, d, scales, numbers, max(1, min(mixupNeighbors, n/4)), t.set.NeighborMixup, t.set.Seed), nil
}

func (t *Training) newModel() (*nn.Model, error) {
	var k moments
	if t.pca != nil {
		k = latentMoments(t.pca)
	} else {
		k = momentsOf(t.rows.(tableRows))
	}
	hidden, layers := t.set.Hidden, t.set.Layers
	if t.set.Network != nil {
		hidden, layers = 0, 0
	}
	return nn.New(nn.Config{
		Hidden: hidden, Layers: layers, FiLM: t.set.FiLM, Schedule: t.sched, Network: t.set.Network,
		Mean: k.mean, Variance: k.variance, Categories: k.categories, Conditional: t.set.Conditional > 0, FourierFeatures: t.set.FourierFeatures,
		Conditions: t.conditions(), Seed: t.set.Seed,
	})
}
