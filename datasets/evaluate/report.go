package evaluate

// Options says how to evaluate. The zero value, or nil, is the default.
type Options struct {
	// Target is the column that is predicted; "" means the last one that is
	// not constant, no identifier or other key, and has at most 50 levels.
	Target string
	Seed   uint64
	// Workers is the number of goroutines; 0 means GOMAXPROCS. It changes no
	// bit of the result.
	Workers int
	// DetectionRows is the greatest number of rows of each kind that the
	// classifier sees, and that a predictor is trained on; 0 means 50,000. It changes the score: the more rows,
	// the more is told apart.
	DetectionRows int
	// NeighborRows is the greatest number of rows of each table between which
	// distances are taken; 0 means 5,000.
	NeighborRows int
	// Observe, when set, is called before each of the Stages; its error ends
	// the evaluation.
	Observe func(stage string) error
}

// Stages is the number of stages of an evaluation.
const Stages = 21

// Scores are all scores of one table against the real rows.
type Scores struct {
	Rows int `json:"rows"`
	// Shape is the mean ColumnScore, Trend the mean PairScore over all pairs
	// and TrendStrong over those that are strong in the real rows.
	Shape       Number `json:"shape"`
	Trend       Number `json:"trend"`
	TrendStrong Number `json:"trend_strong"`
	// MissingGap is the largest difference of a column's share of missing cells.
	MissingGap Number `json:"missing_gap"`
	// Detection is 1 when a gradient-boosted classifier cannot tell the rows
	// from real ones; Logistic the same by a logistic regression, which sees
	// next to nothing.
	Detection Number  `json:"detection"`
	Logistic  Number  `json:"detection_logistic"`
	Utility   Utility `json:"utility"`
	// Distances to the training rows and to the held-out rows.
	WassersteinTrain   Wasserstein `json:"wasserstein_train"`
	WassersteinHoldout Wasserstein `json:"wasserstein_holdout"`
	// Shares of training rows and of held-out rows that are covered.
	CoverageTrain   Coverage `json:"coverage_train"`
	CoverageHoldout Coverage `json:"coverage_holdout"`
	// Privacy is absent for real rows.
	Privacy *Privacy `json:"privacy,omitempty"`
}

// Report is an evaluation. Its JSON has null where a score does not exist.
type Report struct {
	Names struct {
		Real      string `json:"real"`
		Synthetic string `json:"synthetic"`
		Holdout   string `json:"holdout,omitempty"`
	} `json:"names"` // for the reader; Evaluate leaves them empty
	Seed          uint64 `json:"seed"`
	RealRows      int    `json:"real_rows"`
	SyntheticRows int    `json:"synthetic_rows"`
	HoldoutRows   int    `json:"holdout_rows"` // 0 when none were given
	// HoldoutInTrain is the number of held-out rows that are training rows too,
	// when that is more than chance gives: they are not held out then, and
	// what depends on it is null.
	HoldoutInTrain int `json:"holdout_in_train"`
	ModeledColumns int `json:"columns_compared"`
	StrongPairs    int `json:"strong_pairs"`
	// Target is the column that is predicted, and why it is.
	Target Target `json:"target"`

	Synthetic Scores `json:"synthetic"`
	// Floors are what the scores are read against.
	Floors struct {
		Independent Scores `json:"independent_columns"`
		Copula      Scores `json:"gaussian_copula"`
		Mixture     Scores `json:"small_mixture"`
		// Real are other real rows: the held-out ones, or one half of the real
		// rows against the other. Its utility is that of training on real rows.
		Real Scores `json:"real"`
	} `json:"floors"`
	Columns []ColumnScore `json:"columns"` // worst first
	Pairs   []PairScore   `json:"pairs"`   // worst first
	// Verbatim has the columns of texts and keys (nearly) unique to a real row.
	Verbatim []Verbatim `json:"verbatim"`
	// Findings say what the scores mean, Notes what was done to get them, one
	// sentence or two each.
	Findings []string `json:"findings"`
	Notes    []string `json:"notes"`

	drawn *drawn // figures of a page
}
