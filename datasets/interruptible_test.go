package datasets

import (
	"context"
	"errors"
	"io"
	"testing"
)

// A Read that nobody answers ends with the context; what is there is read.
func TestInterruptibleReader(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	ctx, stop := context.WithCancel(t.Context())
	in := InterruptibleReader(ctx, r)
	go w.Write([]byte("abc"))
	b := make([]byte, 8)
	if n, err := in.Read(b); n != 3 || err != nil || string(b[:n]) != "abc" {
		t.Errorf("read %q, %v", b[:n], err)
	}
	stop()
	if n, err := in.Read(b); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %q, %v", b[:n], err)
	}
}
