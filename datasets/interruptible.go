package datasets

import (
	"context"
	"io"
)

// Interruptible returns src with the difference that reading it ends, with the error of
// ctx, when ctx is done.
func Interruptible(ctx context.Context, src Source) Source { return &interruptible{src, ctx} }

type interruptible struct {
	Source
	ctx context.Context
}

// Unwrap returns the source below.
func (s *interruptible) Unwrap() Source { return s.Source }

func (s *interruptible) Open() (Records, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	r, err := s.Source.Open()
	if err != nil {
		return nil, err
	}
	return &interruptibleRecords{Records: r, ctx: s.ctx}, nil
}

type interruptibleRecords struct {
	Records
	ctx context.Context
	n   int // rows
}

// Unwrap returns the records below.
func (r *interruptibleRecords) Unwrap() Records { return r.Records }

func (r *interruptibleRecords) Next() ([]string, error) {
	if r.n++; r.n%64 == 0 {
		if err := r.ctx.Err(); err != nil {
			return nil, err
		}
	}
	return r.Records.Next()
}

// InterruptibleReader returns r with the difference that a Read ends, with the error of ctx, when
// ctx is done, as of a terminal or a pipe that nobody writes to. The Read of r that goes on then
// may end with the program.
func InterruptibleReader(ctx context.Context, r io.Reader) io.Reader {
	return &interruptibleReader{ctx, r}
}

type interruptibleReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *interruptibleReader) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done, buf := make(chan result, 1), make([]byte, len(p))
	go func() {
		n, err := r.r.Read(buf)
		done <- result{n, err}
	}()
	select {
	case d := <-done:
		return copy(p, buf[:d.n]), d.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
