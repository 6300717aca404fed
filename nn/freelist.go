package nn

import (
	"slices"
	"sync"
)

// freeList holds the idle machines of a model. Calls from different
// goroutines take different machines; the list grows to the number of
// concurrent calls and never shrinks.
type freeList[M any] struct {
	build func() (*M, error)
	mu    sync.Mutex
	idle  []*M
}

func (m *inputs) newFreeList(p *Params) *freeList[machine[float32]] {
	in := *m
	return &freeList[machine[float32]]{build: func() (*machine[float32], error) { return in.newMachine(p, pulling) }}
}

// take returns an idle machine, the one used last if possible.
func (f *freeList[M]) take() (*M, error) { return f.takeThis(nil) }

// takeThis returns k if it is idle, otherwise another machine.
func (f *freeList[M]) takeThis(k *M) (*M, error) {
	f.mu.Lock()
	at := slices.Index(f.idle, k)
	if at < 0 {
		at = len(f.idle) - 1
	}
	if at < 0 {
		f.mu.Unlock()
		return f.build()
	}
	defer f.mu.Unlock()
	m := f.idle[at]
	f.idle = slices.Delete(f.idle, at, at+1)
	return m, nil
}

func (f *freeList[M]) put(k *M) {
	f.mu.Lock()
	f.idle = append(f.idle, k)
	f.mu.Unlock()
}
