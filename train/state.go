package train

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"tweedie/checkpoints"
	"tweedie/internal/kernel"
	"tweedie/nn"
)

// StateKind is the checkpoint kind of a training state.
const StateKind = "training"

// position is what a state holds beside its arrays.
type position struct {
	Step       int      `json:"step"`
	Window     float64  `json:"window"`
	InWindow   int      `json:"in_window"`
	Best       *float64 `json:"best"` // null before the first validation
	Since      int      `json:"since"`
	Last       Report   `json:"last"`
	KernelPath string   `json:"kernel_path"`
	Arch       string   `json:"arch,omitempty"` // GOARCH; empty in states of before
}

// sameBits errs where this machine would go on with other bits.
func (p *position) sameBits() error {
	if arch := cmp.Or(p.Arch, kernel.Arch(p.KernelPath), runtime.GOARCH); arch != runtime.GOARCH {
		return fmt.Errorf("train: the state was computed on %s, where numbers round otherwise than on %s: resume there", arch, runtime.GOARCH)
	}
	if !kernel.SameBits(p.KernelPath, kernel.Path()) {
		return fmt.Errorf("train: the state was computed with the %s kernels and this machine uses %s: set TWEEDIE_KERNEL=%s to resume bit for bit", p.KernelPath, kernel.Path(), p.KernelPath)
	}
	return nil
}

// State returns everything that a resumed run needs: N steps, State, Restore
// and N more steps give the bits of 2N steps. No generator state is in it, for
// the draws are functions of the step.
func (t *Trainer) State() (*checkpoints.File, error) {
	f := checkpoints.New(StateKind)
	p := position{Step: t.step, Window: t.window, InWindow: t.inWindow, Since: t.since, Last: t.last, KernelPath: kernel.Path(), Arch: runtime.GOARCH}
	if !math.IsInf(t.best, 1) {
		p.Best = &t.best
	}
	if err := f.SetJSON("position", p); err != nil {
		return nil, err
	}
	run, err := t.fingerprint()
	if err != nil {
		return nil, err
	}
	f.Meta["run"] = run
	for name, a := range t.arrays() { // Save orders them
		f.Arrays = append(f.Arrays, checkpoints.Array{Name: name, Shape: []int{len(a)}, F32: a})
	}
	return f, nil
}

func (t *Trainer) arrays() map[string][]float32 {
	a := map[string][]float32{"params": t.model.Parameters().Flat, "ema": t.ema.Flat, "adam.m": t.m, "adam.v": t.v}
	if t.bestParams != nil {
		a["best"] = t.bestParams.Flat
	}
	return a
}

// Restore puts a state into a Trainer made from the same model, data and
// Config; it refuses any other.
func (t *Trainer) Restore(f *checkpoints.File) error {
	if err := f.CheckKind(StateKind); err != nil {
		return err
	}
	run, err := t.fingerprint()
	if err != nil {
		return err
	}
	if err := sameRun(f.Meta["run"], run); err != nil {
		return err
	}
	var p position
	if err := f.JSON("position", &p); err != nil {
		return err
	}
	if p.Step < 0 || p.Step > t.cfg.Steps || p.InWindow < 0 || p.InWindow > p.Step || p.Since < 0 {
		return fmt.Errorf("train: the state is at step %d of %d, %d of them since its last report: the file is damaged", p.Step, t.cfg.Steps, p.InWindow)
	}
	if err := p.sameBits(); err != nil {
		return err
	}
	if f.Find("best") != nil {
		t.bestParams = t.ema.Clone()
	}
	loaded := map[string][]float32{}
	for name, dst := range t.arrays() {
		if loaded[name], err = f.Float32s(name, len(dst)); err != nil {
			return err
		}
	}
	for name, dst := range t.arrays() { // after every check: a failed Restore changes nothing
		copy(dst, loaded[name])
	}
	t.step, t.window, t.inWindow, t.since, t.last = p.Step, p.Window, p.InWindow, p.Since, p.Last
	t.best = math.Inf(1)
	if p.Best != nil {
		t.best = *p.Best
	}
	return nil
}

// fingerprint describes the run: what must agree for resuming to make sense.
func (t *Trainer) fingerprint() (string, error) {
	held := ""
	if t.held != nil {
		held = fmt.Sprintf("%d blocks", len(t.held.parts))
	}
	b, err := json.Marshal(map[string]any{
		"config": t.cfg, "objective": fmt.Sprintf("%+v", t.cfg.Objective), "validation": fmt.Sprintf("%+v", t.cfg.Validation),
		"network": t.model.Architecture(), "data": t.digest(), "held": held, "block": nn.BlockRows, "lanes": Accumulators,
	})
	return string(b), err
}

// digest tells tables apart. It reads all rows, once.
func (t *Trainer) digest() string {
	if t.rowsDigest == "" {
		t.rowsDigest = digest(t.data, t.model)
	}
	return t.rowsDigest
}

func digest(d Rows, model nn.Trainable) string {
	h, b := fnv.New64a(), make([]byte, 8)
	x, n := mat.NewDense(1, model.Dim(), nil), count(d)
	var c *mat.Dense
	if k := model.Labels(); k > 0 {
		c = mat.NewDense(1, k, nil)
	}
	for i := range n {
		d.Read(x, c, []int{i}, 0)
		for _, m := range []*mat.Dense{x, c} {
			if m == nil {
				continue
			}
			for _, v := range m.RawRowView(0) {
				binary.LittleEndian.PutUint64(b, math.Float64bits(v))
				h.Write(b)
			}
		}
	}
	return fmt.Sprintf("%d rows, fnv %016x", n, h.Sum64())
}

// OtherRunError says that a state is of another run: the first setting in which the two
// differ, and its values.
type OtherRunError struct{ Setting, Saved, Now string }

func (e *OtherRunError) Error() string {
	return fmt.Sprintf("train: the saved state is of another run: its %s is %s, now %s: give the same settings and data, or start anew", e.Setting, brief(e.Saved), brief(e.Now))
}

// brief cuts what is long, as the description of a network is.
func brief(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// sameRun errs with the first setting in which two fingerprints differ.
func sameRun(saved, now string) error {
	if saved == now {
		return nil
	}
	name, a, b := difference("", json.RawMessage(saved), json.RawMessage(now))
	return &OtherRunError{cmp.Or(name, "description"), a, b}
}

// difference descends into objects to the first value in which they differ.
func difference(name string, a, b json.RawMessage) (string, string, string) {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil || x == nil || y == nil {
		return strings.TrimSpace(name), orNothing(a), orNothing(b)
	}
	all := maps.Clone(x)
	maps.Copy(all, y)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if string(x[key]) != string(y[key]) {
			return difference(name+" "+key, x[key], y[key])
		}
	}
	return strings.TrimSpace(name), "another", "this"
}

func orNothing(b json.RawMessage) string {
	if len(b) == 0 {
		return "not set"
	}
	return string(b)
}
