package datasets

import "context"

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
