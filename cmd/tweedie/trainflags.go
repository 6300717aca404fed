package main

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
	"tweedie/train/tabular"
)

// trainFlags are the settings of the train command.
type trainFlags struct {
	data, out  string
	conditions []string
	toyRows    int
	holdout    float64

	sde, times, weighting string
	levels, latent        string
	hidden, layers        int
	film                  bool

	steps, batch         int
	budget               time.Duration
	lr, decay, clip, ema float64
	rate                 string
	dropout, units       float64 // of conditions, of hidden units
	every, patience      int
	metrics, report      string
	line                 string // of the command
	classifier, like     string
	resume, force        bool
	distill              string
	evaluations, paths   int
	table                tableFlags
	simulationFlags
	flags              *pflag.FlagSet
	conditional, mixup float64
	fourier            int
	changed            func(flag string) bool // whether the user set a flag; nil for no
}

// trainFlagSet defines the flags of the train command, and so their defaults.
func trainFlagSet(o *trainFlags) *pflag.FlagSet {
	f := pflag.NewFlagSet("train", pflag.ContinueOnError)
	o.flags = f
	f.StringVar(&o.data, "data", "", "CSV, Parquet or .npy file, - for stdin, or toy:NAME")
	f.StringVar(&o.out, "out", "", "model file to write")
	o.simulationFlags.define(f)
	f.StringSliceVar(&o.conditions, "condition", nil, "columns to be given from outside, separated by commas: categories, or numbers with decimals or of more than 20 values (--type COL=categorical, or numeric, says which); others can be given too, see --conditional-share")
	f.AddFlagSet(typeFlagSet(&o.table))
	f.StringVar(&o.table.encoding, "encoding", "auto", "numbers by their quantiles (quantile) or by mean and deviation (standard); auto is quantile from 100 rows on")
	f.Float64Var(&o.conditional, "conditional-share", 0.5, "share of the rows trained with some of their columns given, for --given and impute; a toy law has none")
	f.Float64Var(&o.mixup, "neighbor-mixup", 0, "how far, as a share of the way, the numbers of a row move towards a row like it each time they are trained on (of a table, default 5 columns/rows, at most 0.5)")
	f.IntVar(&o.toyRows, "toy-rows", 200_000, "rows drawn from a toy law")
	f.Float64Var(&o.holdout, "holdout", 0.1, "share of the rows kept for validation (default none of a table of less than 1000 rows)")
	f.StringVar(&o.sde, "sde", "vp", "noise schedule: vp, subvp, ve, cosine or rectified, as vp:beta_max=20")
	f.StringVar(&o.times, "times", tabular.LawTimes, "law of the training times: uniform, logsnr, lognormal:MEAN,STD,FLOOR or likelihood, best after stratified: (of a table, default "+tabular.TableTimes+")")
	f.StringVar(&o.levels, "levels", "", "train on the levels of a discrete chain in place of all times: a number, or a CSV file with a column beta (of vp) or sigma (of ve)")
	f.StringVar(&o.weighting, "weighting", "edm", "weight of the loss over time: edm, sigma2, likelihood, minsnr or constant")
	f.StringVar(&o.latent, "latent", "", "pca:K: train on the K principal components of a wide table of numbers, and decode rows from them")
	f.IntVar(&o.hidden, "hidden", 128, "width of the hidden layers (of a table, default 256, of 500 to 1500 rows 192, from 100 columns 512)")
	f.IntVar(&o.layers, "layers", 5, "number of hidden layers (of a table, default 4)")
	f.IntVar(&o.fourier, "fourier-features", 0, "frequencies of sines and cosines of each number that enter the network beside its value (of a table, default 6 from 20 rows for a column)")
	f.BoolVar(&o.film, "film", false, "let time and labels scale the layers, not only shift them")
	f.IntVar(&o.steps, "steps", 0, "optimizer steps (default by the size of the data)")
	f.DurationVar(&o.budget, "time-budget", 0, "choose the steps that fit into this time, as 60s")
	f.IntVar(&o.batch, "batch", 512, "rows per step (of a table, default 256, below 500 and from 50000 rows 512; of a posterior by the size of the data)")
	f.Float64Var(&o.lr, "lr", 5e-3, "peak learning rate (of a table, default 2e-3, of 500 to 1500 rows 5e-3)")
	f.StringVar(&o.rate, "decay", "cosine", "learning rate after the warm-up: cosine, linear, rsqrt or constant")
	f.Float64Var(&o.decay, "weight-decay", 0, "decoupled weight decay")
	f.Float64Var(&o.clip, "clip", 1, "bound of the gradient norm, negative for none")
	f.Float64Var(&o.ema, "ema", 0.999, "decay of the average of the parameters")
	f.Float64Var(&o.units, "dropout", 0, "share of the hidden units left out of each step for rows given in part (all rows with --conditional-share 0), against learning them by heart (of a table, default 7 columns/rows, at most 0.3)")
	f.Float64Var(&o.dropout, "condition-dropout", 0.1, "share of the rows trained without labels, all of them at once")
	f.IntVar(&o.every, "every", 0, "steps between validations and saves (default 50 in a run)")
	f.IntVar(&o.patience, "patience", 10, "validations without improvement before stopping, 0 for never (the default of a table)")
	f.StringVar(&o.metrics, "metrics", "", "write reports to this file as JSON lines")
	f.StringVar(&o.report, "report", "", "write a page of the run to this HTML file: losses, columns, settings")
	f.StringVar(&o.classifier, "classifier", "", "train a classifier of this label column, or the law of this column of numbers, given noisy rows instead, to guide the model of --like")
	f.StringVar(&o.like, "like", "", "model file whose schedule and encoding the classifier takes")
	f.StringVar(&o.distill, "distill", "", "model file: train a student of it, which draws rows in --evaluations of its network")
	f.IntVar(&o.evaluations, "evaluations", 4, "of --distill: evaluations for each row: 1, 2 or 4")
	f.IntVar(&o.paths, "paths", 24576, "of --distill: paths of the model that the student is trained on (fewer of wide rows)")
	f.BoolVar(&o.resume, "resume", false, "go on from the state beside --out")
	f.BoolVar(&o.force, "force", false, "start anew, and drop the state beside --out")
	return f
}

// The most that a setting may ask for: what is beyond is a slip of the
// keyboard, and would end in a machine without memory.
const (
	maxHidden          = 1 << 14
	maxLayers          = 1 << 9
	maxBatch           = 1 << 20
	maxToyRows         = 1 << 27
	maxSteps           = 1 << 30
	maxNFE             = 1 << 20
	maxFourierFeatures = 16
	maxRows            = 1 << 48
)

// between refuses a size that is not positive or absurd.
func between(flag string, v, least, most int) error {
	switch {
	case v < least:
		return badUsage("--%s is %d: give at least %d", flag, v, least)
	case v > most:
		return badUsage("--%s is %d: give at most %d", flag, v, most)
	}
	return nil
}

// check refuses what no run can use, before any file is looked at.
func (o *trainFlags) check() error {
	if o.isPosterior() {
		return o.checkPosterior()
	}
	if o.distill != "" {
		return o.checkDistill()
	}
	if o.data == "" || o.out == "" {
		return badUsage("train needs --data and --out, or --theta, --x, --prior and --out; see tweedie train --help")
	}
	if err := o.checkSizes(); err != nil {
		return err
	}
	if err := o.checkRun(); err != nil {
		return err
	}
	toy := strings.HasPrefix(o.data, toyPrefix)
	switch {
	case o.changed("evaluations") || o.changed("paths"):
		return badUsage("--evaluations and --paths are for --distill: the steps of another model are chosen when it is drawn (sample --nfe)")
	case (o.classifier == "") != (o.like == ""):
		return badUsage("--classifier and --like need each other: a label column, and the model to guide")
	case o.classifier != "" && o.changed("levels"):
		return badUsage("--levels is for models: a classifier is needed at every time")
	case o.classifier != "" && (len(o.conditions) > 0 || o.changed("sde")):
		return badUsage("--classifier takes schedule and columns from --like: leave --condition and --sde away")
	case o.classifier != "" && o.table.said():
		return badUsage("--classifier reads its table as --like was read: leave --metadata, --type, --date-format, --missing and --default-missing away")
	case toy && o.table.said():
		return badUsage("--metadata, --type, --date-format, --missing and --default-missing are for tables: a toy law has two columns of numbers")
	case toy && o.changed("encoding"):
		return badUsage("--encoding is for tables: a toy law has two columns of numbers")
	case (toy || o.classifier != "") && o.mixup != 0:
		return badUsage("--neighbor-mixup is for models of tables")
	case !toy && o.changed("toy-rows"):
		return badUsage("--toy-rows is for --data toy:NAME: a table has the rows that it has")
	case len(o.conditions) == 0 && o.changed("condition-dropout"):
		return badUsage("--condition-dropout needs --condition: there are no labels to leave out")
	}
	return nil
}

// checkRun refuses settings of how a run goes that contradict each other.
func (o *trainFlags) checkRun() error {
	switch {
	case o.changed("time-budget") && o.budget <= 0:
		return badUsage("--time-budget is %v: give a positive time, as 60s", o.budget)
	case o.resume && o.force:
		return badUsage("--resume and --force exclude each other: go on with the run, or start anew")
	case o.steps > 0 && o.budget > 0:
		return badUsage("--steps and --time-budget exclude each other: give one")
	}
	return nil
}

func (o *trainFlags) checkSizes() error {
	errs := []error{
		between("hidden", o.hidden, 1, maxHidden), between("layers", o.layers, 1, maxLayers),
		between("batch", o.batch, 1, maxBatch), between("toy-rows", o.toyRows, 2, maxToyRows),
		between("patience", o.patience, 0, maxSteps), between("fourier-features", o.fourier, 0, maxFourierFeatures),
	}
	if o.changed("steps") {
		errs = append(errs, between("steps", o.steps, 1, maxSteps))
	}
	if o.changed("every") {
		errs = append(errs, between("every", o.every, 1, maxSteps))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
