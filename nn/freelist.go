package nn

import "sync"

// freeList holds the idle machines of a model. Calls from different
// goroutines take different machines; the list grows to the number of
// concurrent calls and never shrinks.
type freeList struct {
	net    MLP
	params *Params
	mu     sync.Mutex
	idle   []*machine[float32]
}

func newFreeList(net MLP, p *Params) *freeList { return &freeList{net: net, params: p} }

// take returns an idle machine, the one used last if possible.
func (f *freeList) take() (*machine[float32], error) { return f.takeThis(nil) }

// takeThis returns k if it is idle, otherwise another machine.
func (f *freeList) takeThis(k *machine[float32]) (*machine[float32], error) {
	f.mu.Lock()
	for i := len(f.idle) - 1; i >= 0; i-- {
		if c := f.idle[i]; k == nil || c == k {
			f.idle = append(f.idle[:i], f.idle[i+1:]...)
			f.mu.Unlock()
			return c, nil
		}
	}
	if n := len(f.idle); n > 0 {
		c := f.idle[n-1]
		f.idle = f.idle[:n-1]
		f.mu.Unlock()
		return c, nil
	}
	f.mu.Unlock()
	return newMachine(f.net, f.params, f.params.Flat, pulling)
}

func (f *freeList) put(k *machine[float32]) {
	f.mu.Lock()
	f.idle = append(f.idle, k)
	f.mu.Unlock()
}
