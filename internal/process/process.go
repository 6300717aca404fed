package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// DefaultTimeout is how long an answer may take.
const DefaultTimeout = time.Minute

// Process runs a program, from its first question to Close. It is safe for concurrent use:
// questions wait for each other.
type Process struct {
	words   []string
	header  string
	timeout time.Duration
	env     []string

	mu    sync.Mutex
	cmd   *exec.Cmd // nil before the first question
	in    io.WriteCloser
	lines chan line
	read  chan struct{} // closed when nothing more is read
	quit  chan struct{} // closed when nobody listens
	tail  tail
	err   error // why it answers no more
	stop  func() bool
	ctx   context.Context
}

// line is one line of the program, or why there is none.
type line struct {
	text []byte
	err  error
}

// New returns a process for a command of words as Split returns them. The program is
// started by the first question, and killed when ctx is done. timeout is for each
// answer; 0 means DefaultTimeout. Close must be called.
func New(ctx context.Context, words []string, header string, timeout time.Duration) *Process {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	return &Process{ctx: ctx, words: words, header: header, timeout: timeout}
}

// start runs the program. p.mu is held.
func (p *Process) start() error {
	cmd := exec.Command(p.words[0], p.words[1:]...)
	if own(cmd); len(p.env) > 0 {
		cmd.Env = append(cmd.Environ(), p.env...)
	}
	cmd.Stderr, cmd.WaitDelay = &p.tail, time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the program %q cannot be started: %w", p.words[0], err)
	}
	p.cmd, p.in = cmd, in
	p.lines, p.read, p.quit = make(chan line), make(chan struct{}), make(chan struct{})
	go p.listen(out)
	p.stop = context.AfterFunc(p.ctx, func() { kill(cmd) })
	return nil
}

// longest is the number of bytes that a line of the program may have.
const longest = 1 << 20

// listen hands the lines of the program on.
func (p *Process) listen(out io.Reader) {
	defer close(p.read)
	r := bufio.NewReaderSize(out, 1<<16)
	for {
		text, err := readLine(r)
		if err == nil || len(text) > 0 {
			select {
			case p.lines <- line{text: text}:
			case <-p.quit:
				return
			}
		}
		if err != nil {
			select {
			case p.lines <- line{err: err}:
			case <-p.quit:
			}
			return
		}
	}
}

var errLong = errors.New("a line of more than a megabyte")

// readLine returns the next line without its end, and a copy of it.
func readLine(r *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		part, more, err := r.ReadLine()
		if text = append(text, part...); err != nil || !more {
			return text, err
		}
		if len(text) > longest {
			return nil, errLong
		}
	}
}

// Ask sends the rows, each a line without its end, and calls answer with the line that
// answers row i, in order. An error of answer, and all that goes wrong, ends the process:
// the error names the row and shows the end of the program's stderr, and every later
// question errs.
func (p *Process) Ask(rows []string, answer func(i int, text []byte) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if p.cmd == nil {
		if p.err = p.start(); p.err != nil {
			return p.err
		}
		return p.exchange(append([]string{p.header}, rows...), 1, answer)
	}
	return p.exchange(rows, 0, answer)
}

// exchange writes the lines and reads an answer to each but the first skip of them.
func (p *Process) exchange(lines []string, skip int, answer func(i int, text []byte) error) error {
	written, in := make(chan struct{}), p.in
	go func() { // beside the answers: a pipe that is full would stop both sides
		defer close(written)
		send(in, lines)
	}()
	clock := time.NewTimer(p.timeout)
	defer clock.Stop()
	n := len(lines) - skip
	for i := range n {
		text, err := p.next(clock)
		if err == nil {
			err = answer(i, text)
		}
		if err != nil {
			end := p.end(!errors.Is(err, io.EOF))
			<-written
			if e := p.ctx.Err(); e != nil {
				p.err = e
				return e
			}
			if errors.Is(err, io.EOF) {
				err = errors.New("the program ended without an answer (" + end + ")")
			}
			p.err = fmt.Errorf("command %s: row %d of %d sent together, %q: %w%s", p.words[0], i+1, n, lines[i+skip], err, p.tail.said())
			return p.err
		}
		clock.Reset(p.timeout)
	}
	<-written
	return nil
}

// send writes lines. An error shows in that there is no answer.
func send(to io.Writer, lines []string) {
	w := bufio.NewWriterSize(to, 1<<16)
	for _, l := range lines {
		w.WriteString(l)
		w.WriteByte('\n')
	}
	w.Flush()
}

// next returns the next line of the program.
func (p *Process) next(clock *time.Timer) ([]byte, error) {
	select {
	case l := <-p.lines:
		return l.text, l.err
	case <-p.ctx.Done():
		return nil, p.ctx.Err()
	case <-clock.C:
		return nil, fmt.Errorf("no answer within %v: the program hangs, or does not flush its output line by line; give it a longer timeout", p.timeout)
	}
}

// end waits for the program, and kills it at once or after grace. It returns how it
// ended.
func (p *Process) end(now bool) string {
	p.in.Close()
	p.in = nil
	p.stop()
	close(p.quit)
	if now {
		kill(p.cmd)
	}
	late := time.AfterFunc(grace, func() { kill(p.cmd) })
	err := p.cmd.Wait() // closes what listen reads
	late.Stop()
	kill(p.cmd) // what it has left behind
	<-p.read
	if err == nil {
		return exited
	}
	return err.Error()
}

// exited is how a program ends that is content.
const exited = "exit status 0"

// grace is how long a program may take to exit after its input has ended.
const grace = 2 * time.Second

// Close ends the program: its input ends, and it is killed if it does not exit soon. It
// errs if the program wrote more lines than it was sent rows, which says that its
// answers did not belong to their rows. Close may be called more than once.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.in == nil {
		return nil
	}
	p.in.Close()
	clock := time.NewTimer(min(grace, p.timeout))
	defer clock.Stop()
	var err error
	now := true
	select {
	case l := <-p.lines:
		if now = l.err == nil; now {
			err = fmt.Errorf("command %s: the program wrote %q after its last answer: it must write one line for each row, and nothing else, to standard output", p.words[0], short(l.text))
		}
	case <-clock.C:
	case <-p.ctx.Done():
	}
	p.end(now)
	if p.err == nil {
		p.err = errors.New("the program has been closed")
	}
	return err
}
