package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Batch runs a program once: it is sent the lines, its input ends, and answer is called with
// each line that it writes, until it ends. silence is how long it may write nothing; 0 means
// DefaultTimeout. env are variables NAME=VALUE beside those of this process. Batch errs if
// the program cannot be started, is silent too long, exits with another status than 0, or
// answer errs, which ends it; the error shows the end of its stderr.
func Batch(ctx context.Context, words, env, lines []string, silence time.Duration, answer func(text []byte) error) error {
	p := New(ctx, words, "", silence)
	p.env = env
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	written, in := make(chan struct{}), p.in
	go func() { // beside the answers: a pipe that is full would stop both sides
		defer close(written)
		send(in, lines)
		in.Close()
	}()
	err := p.listenToEnd(answer)
	end := p.end(err != nil)
	<-written
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && end != exited:
		err = errors.New(end)
	}
	if err != nil {
		return fmt.Errorf("%w%s", err, p.tail.said())
	}
	return nil
}

// listenToEnd hands each line to answer until the program ends.
func (p *Process) listenToEnd(answer func(text []byte) error) error {
	clock := time.NewTimer(p.timeout)
	defer clock.Stop()
	for {
		text, err := p.next(clock)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
			err = answer(text)
		}
		if err != nil {
			return err
		}
		clock.Reset(p.timeout)
	}
}
