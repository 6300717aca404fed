package tabular

import "math"

// The laws of training times. In the plane, where the structure is fine, a
// model's effort goes to low noise. Rows of a table are told apart, and
// categories decided, at noise levels nearer to the spread of the columns. A
// classifier is needed at every level alike.
const (
	LawTimes        = "stratified:lognormal:-2,1.5,0.1"
	TableTimes      = "stratified:lognormal:-1.2,1.2,0.1"
	ClassifierTimes = "stratified:logsnr"
)

// smallTable is the number of rows below which none are held out: what is left
// of them says too little to stop by, and their loss is felt.
const smallTable = 1000

// A network memorizes a table with few rows for its columns: then it repeats
// rows, and imputes with too much confidence. Dropout and mixup with neighbors
// prevent it. Both are shares proportional to columns per row, with an upper
// bound, and nothing below leastShare.
const (
	mostDropout, dropoutPer = 0.3, 7
	mostMixup, mixupPer     = 0.5, 5
	leastShare              = 0.03
)

// Fourier features show the fine structure of a column, which takes rows to be
// seen: with fewer than fourierRows for a column they help to memorize rows.
const (
	tableFourier = 6
	fourierRows  = 20
)

// wideTable is the number of columns from which the hidden layers are wider, so that they have
// several units for each. Rows alone do not ask for it: in the same minutes a narrow network
// makes more steps, and is ahead.
const wideTable = 100

// longTable is the number of rows from which steps have twice the rows, for the number of
// steps grows no more. Those of small tables have twice the rows as well, unless they are to be
// quick: their dropout and mixup were chosen with them.
const longTable = 50000

// Tables of quickTable to quickEnd rows that are not wide are to be learnt in some seconds. They need
// their steps; so their steps are cheap, of fewer rows and a narrower network, and the rate is higher,
// which makes good for both.
const (
	quickTable = 500
	quickEnd   = 1500
)

func perRow(most, per float64, rows, columns int) float64 {
	share := min(most, math.Round(100*per*float64(columns)/float64(rows))/100)
	if share < leastShare {
		return 0
	}
	return share
}

// base are the defaults of a model of a law in the plane and, but for the times,
// of a classifier.
var base = Options{
	Encoding: "auto", Schedule: "vp", Times: LawTimes, Weighting: "edm",
	Hidden: 128, Layers: 5, Batch: 512, Rate: 5e-3, Decay: "cosine", Clip: 1, EMA: 0.999,
	LabelDropout: 0.1, Holdout: 0.1, Patience: 10,
}

// Defaults returns the options that stand for the zero options of a model of a
// table with so many rows and modeled columns: a function of nothing else.
// docs/measurements/tables.md says what they were chosen by.
func Defaults(rows, columns int) Options {
	o := base
	o.Times, o.Layers, o.Hidden, o.Batch, o.Rate, o.Patience = TableTimes, 4, 256, 256, 2e-3, 0
	o.Conditional = 0.5
	o.Dropout = perRow(mostDropout, dropoutPer, rows, columns)
	if rows >= fourierRows*columns {
		o.FourierFeatures = tableFourier
	}
	if rows < 5000 {
		o.NeighborMixup = perRow(mostMixup, mixupPer, rows, columns)
	}
	quick := rows >= quickTable && rows < quickEnd && columns < wideTable
	if quick {
		o.Hidden, o.Rate = 192, 5e-3
	}
	if columns >= wideTable {
		o.Hidden = 512
	}
	if rows < smallTable && !quick || rows >= longTable {
		o.Batch = 512
	}
	if rows < smallTable {
		o.Holdout = 0
	}
	o.Steps = tableSteps(rows, o.Batch)
	return o
}

// classifierDefaults are those of a classifier, whatever the table.
func classifierDefaults() Options {
	o := base
	o.Times = ClassifierTimes
	return o
}

// tableSteps grow with the table: small ones are learnt, and then repeated,
// soon.
func tableSteps(rows, batch int) int {
	return max(1000, min(40000, 8*rows, 4000+400*rows/max(1, batch)))
}

// lawSteps are those of laws in the plane and of classifiers.
func lawSteps(rows, batch int) int {
	return min(20000, max(3000, 100*rows/max(1, batch)))
}

// fill puts defaults where nothing is said. The number of steps follows from the
// batch that results.
func (s *settings) fill(d Options, steps int) {
	if s.Latent != "" {
		d.Conditional = 0
	}
	if s.Levels != nil { // they are the times, and have a weighting of their own
		d.Times, d.Weighting = "", ""
	}
	set(&s.Encoding, d.Encoding)
	set(&s.Schedule, d.Schedule)
	set(&s.Times, d.Times)
	set(&s.Weighting, d.Weighting)
	set(&s.Decay, d.Decay)
	set(&s.Hidden, d.Hidden)
	set(&s.Layers, d.Layers)
	set(&s.FourierFeatures, d.FourierFeatures)
	set(&s.Batch, d.Batch)
	set(&s.Patience, d.Patience)
	set(&s.Rate, d.Rate)
	set(&s.Clip, d.Clip)
	set(&s.EMA, d.EMA)
	set(&s.Dropout, d.Dropout)
	set(&s.Conditional, d.Conditional)
	set(&s.LabelDropout, d.LabelDropout)
	set(&s.NeighborMixup, d.NeighborMixup)
	set(&s.Holdout, d.Holdout)
	set(&s.Steps, steps)
}

// finish turns negative numbers into the zeros that they mean.
func (s *settings) finish() {
	for _, v := range []*float64{&s.Dropout, &s.Conditional, &s.LabelDropout, &s.NeighborMixup, &s.Holdout} {
		*v = max(*v, 0)
	}
	s.FourierFeatures, s.Patience = max(s.FourierFeatures, 0), max(s.Patience, 0)
}

// set gives *v a default.
func set[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
