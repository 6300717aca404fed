package tabular

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/datasets"
	"tweedie/internal/stream"
	"tweedie/sample"
)

// A latent model has a network of the k principal components of encoded rows, z = Vᵀ(x - m),
// and its rows are decoded from them, x = m + V z: what the other components have of a row is
// lost. Guides and observations of columns go through the decoder.

// components reads Options.Latent: 0 for none.
func (s *settings) components() (k int, err error) {
	if s.Latent == "" {
		return 0, nil
	}
	text, ok := strings.CutPrefix(s.Latent, "pca:")
	if k, err = strconv.Atoi(text); !ok || err != nil || k < 1 {
		return 0, bad("latent", "%q: give pca:K, K being the number of principal components, as pca:16", s.Latent)
	}
	if s.Conditional > 0 {
		return 0, bad("conditional-share", "is %v, and a latent model cannot be given columns: leave it away", s.Conditional)
	}
	return k, nil
}

// latentRows are the principal components of rows.
type latentRows struct {
	tableRows
	pca   *sample.PCA
	spare *sync.Pool
}

func (r latentRows) Read(z, c *mat.Dense, idx []int, pass uint64) {
	x, _ := r.spare.Get().(*mat.Dense)
	if x == nil {
		x = new(mat.Dense)
	}
	defer r.spare.Put(x)
	x.Reset()
	x.ReuseAs(len(idx), r.codec.Dim())
	r.tableRows.Read(x, c, idx, pass)
	if err := r.pca.Encode(z, x); err != nil {
		panic("tabular: " + err.Error()) // there is nothing to fail
	}
}

// maxComponentRows is the number of rows from which components are found, or four times that
// of positions, if they are more.
const maxComponentRows = 4096

// findComponents fits the components to the rows to train on, and trains on them.
func (t *Training) findComponents() error {
	k, err := t.set.components()
	if err != nil || k == 0 {
		return err
	}
	for _, b := range t.data.Codec.Blocks() {
		if b.Kind == datasets.Category {
			return bad("latent", "is for columns of numbers: column %s has levels, missing cells or values of their own (declare it numeric, fill it, encode by standard, or leave it out)", b.Column)
		}
	}
	rows := t.rows.(tableRows)
	d := t.data.Codec.Dim()
	n := min(rows.Len(), max(maxComponentRows, 4*d))
	if k > d || k > n-1 {
		return bad("latent", "is pca:%d, and there are %d rows of %d numbers: give at most %d", k, n, d, min(d, n-1))
	}
	idx := make([]int, n)
	for i := range idx {
		idx[i] = i * (rows.Len() / n)
	}
	x := mat.NewDense(n, d, nil)
	rows.codec.Encode(x, rows.cells, idx, stream.Seed(t.set.Seed, "tabular/components", 0))
	if t.pca, err = sample.NewPCA(x, k); err != nil {
		return bad("latent", "%w", err)
	}
	spare := &sync.Pool{}
	t.rows = latentRows{rows, t.pca, spare}
	if t.held != nil {
		t.held = latentRows{t.held.(tableRows), t.pca, spare}
	}
	return nil
}

// latentMoments are the moments of the components.
func latentMoments(p *sample.PCA) moments {
	k, _ := p.Dims()
	return moments{mean: make([]float64, k), variance: p.Variance}
}

// storedPCA is how a model file has the components.
type storedPCA struct {
	Mean      []float64 `json:"mean"`
	V         []float64 `json:"v"` // data×latent, row by row
	Variance  []float64 `json:"variance"`
	Explained float64   `json:"explained"`
}

// latentKey is the key of the components in a model file, which other models do not have.
const latentKey = "latent"

func writeLatent(f *checkpoints.File, p *sample.PCA) error {
	if p == nil {
		return nil
	}
	return f.SetJSON(latentKey, storedPCA{p.Mean, mat.DenseCopyOf(p.V).RawMatrix().Data, p.Variance, p.Explained})
}

// readLatent reads the components of a model of tables of d positions, nil for none.
func readLatent(f *checkpoints.File, d, k int) (*sample.PCA, error) {
	if f.Meta[latentKey] == "" {
		return nil, nil
	}
	var s storedPCA
	if err := f.JSON(latentKey, &s); err != nil {
		return nil, err
	}
	if len(s.Mean) != d || len(s.Variance) != k || len(s.V) != d*k || k > d || !(s.Explained > 0 && s.Explained <= 1+1e-9) {
		return nil, fmt.Errorf("its principal components do not fit its table of %d positions and its network of %d: the file is damaged", d, k)
	}
	return &sample.PCA{Mean: s.Mean, V: mat.NewDense(d, k, s.V), Variance: s.Variance, Explained: s.Explained}, nil
}

// Latent returns the principal components that the network lives on, nil for a network of
// encoded rows.
func (m *Model) Latent() *sample.PCA { return m.pca }

// DescribeComponents says how many components there are, and what they have of the variance.
func DescribeComponents(p *sample.PCA) string {
	k, d := p.Dims()
	return fmt.Sprintf("%d principal components of %d numbers, with %.5g %% of their variance", k, d, 100*p.Explained)
}

// Latent returns the principal components of the run, nil for none.
func (t *Training) Latent() *sample.PCA { return t.pca }

// noLatent errs for a latent model, which cannot do what is said.
func (m *Model) noLatent(what string) error {
	if m.pca == nil {
		return nil
	}
	return fmt.Errorf("a latent model has %s: %s", DescribeComponents(m.pca), what)
}
