// Package checkpoints stores named arrays and text in one safetensors file.
//
// A File is a kind ("model", "training", "classifier", "regressor"), metadata (string to
// string) and arrays of float32 or float64. It knows nothing of networks: who
// owns the arrays gives them names and puts the description of itself as JSON
// under its own key with SetJSON.
//
//	f := checkpoints.New("model")
//	f.Arrays = append(f.Arrays, checkpoints.Array{Name: "w", Shape: []int{2, 3}, F32: w})
//	err := f.SetJSON("provenance", checkpoints.Provenance{Seed: 1, Steps: 1000})
//	err = checkpoints.Save("m.safetensors", f)
//
//	f, err = checkpoints.Load("m.safetensors")
//	err = f.CheckKind("model")
//	w, err := f.Array("w", 2, 3)
//
// # The file
//
// The format is safetensors (https://huggingface.co/docs/safetensors): eight
// bytes with the length of a JSON header, the header with the name, type, shape
// and place of each array and a "__metadata__" table of strings, then the
// numbers, little endian. Python reads it with safetensors.safe_open. Three
// metadata keys are ours:
//
//	tweedie.format  "1"; a file with a larger number is refused, never guessed at
//	tweedie.kind    what the file is
//	tweedie.sha256  hexadecimal digest of everything else, see checksum.go
//
// The other keys, and who writes and reads them:
//
//	kind        key         value                                             package
//	model       model       network, moments, conditions, categories, schedule  nn (save.go)
//	            table       what the columns are: datasets.Metadata           train/tabular (model.go)
//	            open        true if numbers may leave the range seen          train/tabular
//	            labels      joint law of the label columns: rows and counts   train/tabular
//	            provenance  Provenance: seed, steps, settings, data           train/tabular
//	            chain       levels that it was trained on: sde.Levels; absent for continuous time
//	            latent      principal components of the rows: mean, v, variance, explained; absent for others
//	classifier  model       as of a model, with label and temperature         nn
//	            table       that of the model to guide                        train/tabular (classifier.go)
//	            levels      names of the labels                               train/tabular
//	regressor   model       as of a model, with number and its variance       nn
//	            table       that of the model to guide                        train/tabular (regressor.go)
//	            column      what the number is                                train/tabular
//	            provenance  as of a model                                     train/tabular
//	posterior   inference   prior, data columns, representation, ranges, score    train/sbi (model.go)
//	            networkK/…  keys and arrays of model K, of those that are averaged
//	            provenance  as of a model                                     train/sbi
//	training    run         what must agree for resuming                      train (state.go)
//	            position    step, best loss, kernels                          train
//	            steps       number of steps of the whole run                  train/tabular (state.go)
//	            result/…    keys and arrays of the model as it stands         train/tabular
//
// Keys of a column in table that earlier files lack, each optional: style (how
// numbers are written), grid (which values occur), zone (offset of times from UTC in
// seconds). Without them numbers are plain, all values that the digits allow occur, and
// times are in UTC.
//
// Keys of a model that earlier files lack, each optional: row_moments (true if rows bring
// moments of their own), and in net encoder (sizes of the encoder of conditions, whose
// arrays are encoder.…).
//
// The arrays of a model and of a classifier are the parameters by their names in
// nn; those of a training state are parameters, averages and moments of Adam.
//
// Equal Files give equal bytes: arrays are laid out by type, then by name, and
// there is no clock in the file. Save replaces the target atomically, so that a
// process killed at any moment leaves the old file or the new one.
//
// # What can go wrong
//
// Load and the methods of the loaded File return one line with the path, what
// was found, and what to do. errors.Is tells the cases apart: fs.ErrNotExist,
// ErrEmpty, ErrTruncated, ErrCorrupt, ErrNotSafetensors, ErrForeign, ErrNewer,
// ErrKind, ErrMissing, ErrShape. Nothing is allocated by a length that the file
// merely claims.
//
// A File is plain data: concurrent reads are safe, writes are not.
package checkpoints
