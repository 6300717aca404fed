package main

import "math"

// The laws of training times. In the plane, where the structure is fine, a
// model's effort goes to low noise; rows of a table are told apart, and
// categories decided, at noise levels nearer to the spread of the columns. A
// classifier is needed at every level alike.
const (
	defaultTimes    = "stratified:lognormal:-2,1.5,0.1"
	tableTimes      = "stratified:lognormal:-1.2,1.2,0.1"
	classifierTimes = "stratified:logsnr"
)

// smallTable is the number of rows below which none are held out: what is left
// of them says too little to stop by, and their loss is felt.
const smallTable = 1000

// Where rows are few for their columns a network learns them by heart: then it
// makes them again, and fills gaps with too much confidence. Units left out and
// rows blended with their neighbours keep it from that; both are shares
// proportional to columns per row, up to a bound, and nothing below leastShare.
const (
	mostDropout, dropoutPer = 0.3, 7
	mostBlend, blendPer     = 0.5, 5
	leastShare              = 0.03
)

// Waves show what is fine in the law of a column, which takes rows to be seen:
// with fewer than waveRows for a column they help to tell rows apart instead.
const (
	tableWaves = 6
	waveRows   = 20
)

func perRow(most, per float64, rows, columns int) float64 {
	share := min(most, math.Round(100*per*float64(columns)/float64(rows))/100)
	if share < leastShare {
		return 0
	}
	return share
}

// forTable sets the defaults of a table of so many rows and columns, where the
// command line left them alone. They depend on nothing else: see docs/tables.md
// for what they were chosen by.
func (o *trainFlags) forTable(rows, columns int) {
	set := func(flag string, to func()) {
		if o.given == nil || !o.given(flag) {
			to()
		}
	}
	set("times", func() { o.times = tableTimes })
	set("layers", func() { o.layers = 4 })
	set("patience", func() { o.patience = 0 })
	set("hidden", func() { o.hidden = 256 })
	set("lr", func() { o.lr = 2e-3 })
	set("dropout", func() { o.units = perRow(mostDropout, dropoutPer, rows, columns) })
	if rows >= waveRows*columns && o.classifier == "" {
		set("waves", func() { o.waves = tableWaves })
	}
	if rows < 5000 {
		set("blend", func() { o.blend = perRow(mostBlend, blendPer, rows, columns) })
	} else {
		set("hidden", func() { o.hidden = 512 })
	}
	if rows >= 20000 {
		set("batch", func() { o.batch = 1024 })
	}
	if rows < smallTable {
		set("holdout", func() { o.holdout = 0 })
	}
}

// tableSteps grow with the table: small ones are learnt, and then repeated,
// soon.
func tableSteps(rows, batch int) int {
	return max(1000, min(20000, 8*rows, 4000+400*rows/max(1, batch)))
}

// forTable takes the stochastic sampler, whose noise mends what the network
// gets wrong, unless the command line says anything of how to draw.
func (o *methodFlags) forTable() {
	for _, f := range []string{"sampler", "grid", "eta", "churn", "tolerance", "variance", "levels", "corrector", "corrector-steps", "recurrence", "snr", "start", "end", "temperature", "denoise"} {
		if o.changed(f) {
			return
		}
	}
	o.sampler = "dpmpp2m-sde"
	if !o.changed("nfe") {
		o.nfe = 100
	}
}
