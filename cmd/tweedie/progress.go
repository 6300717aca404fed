package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a command has come: a bar with the time left on a
// terminal, a log line now and then elsewhere, nothing with --quiet.
type progress struct {
	app  *app
	what string
	max  int
	bar  *progressbar.ProgressBar
	next time.Time
	done int
	note string
}

const logEvery = 10 * time.Second

func (a *app) progress(what string, max int) *progress {
	w := io.Discard // the bar still keeps time when nobody sees it
	if a.terminal && !a.quiet {
		w = a.stderr
	}
	p := &progress{app: a, what: what, max: max, next: time.Now().Add(logEvery)}
	p.bar = progressbar.NewOptions(max,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionShowElapsedTimeOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	return p
}

// set moves to n of max; note ("loss 0.123") is shown beside.
func (p *progress) set(n int, note string) {
	if note != "" {
		p.note = note
		p.bar.Describe(p.what + "  " + note)
	}
	_ = p.bar.Set(n) // errs only for a writer that fails, and this is stderr
	p.done = n
	if p.app.terminal || p.app.quiet || time.Now().Before(p.next) || n == p.max {
		return
	}
	p.next = time.Now().Add(logEvery)
	p.log("eta", time.Duration(p.bar.State().SecondsLeft*float64(time.Second)).Round(time.Second).String())
}

func (p *progress) log(extra ...any) {
	args := append([]any{"done", p.done, "of", p.max}, extra...)
	if p.note != "" {
		args = append(args, "at", p.note)
	}
	p.app.log.Info(p.what, args...)
}

// warn prints a warning above the bar.
func (p *progress) warn(msg string, args ...any) {
	_ = p.bar.Clear()
	p.app.log.Warn(msg, args...)
}

// finish ends the bar and says how long it took.
func (p *progress) finish() {
	elapsed := p.bar.State().SecondsSince
	_ = p.bar.Clear()
	p.app.log.Info(p.what, "done", p.done, "of", p.max, "took", fmt.Sprintf("%.1fs", elapsed), slogNote(p.note))
}

func slogNote(note string) slog.Attr {
	if note == "" {
		return slog.Attr{}
	}
	return slog.String("at", note)
}
