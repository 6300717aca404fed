package main

import (
	"fmt"
	"io"
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

	done        int
	note        string
	drawn, next time.Time // last on the bar, next in the log
}

const (
	drawEvery = 100 * time.Millisecond
	logEvery  = 10 * time.Second
)

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
		progressbar.OptionClearOnFinish(),
	)
	_ = p.bar.RenderBlank()
	a.bar = p
	return p
}

// set moves to n of max; note ("loss 0.123") is shown beside.
func (p *progress) set(n int, note string) {
	p.done, p.note = n, note
	now := time.Now()
	if now.Sub(p.drawn) >= drawEvery || n == p.max {
		p.drawn = now
		if note != "" {
			p.bar.Describe(p.what + "  " + note)
		}
		_ = p.bar.Set(n) // errs only for a writer that fails, and this is stderr
	}
	if p.app.terminal || p.app.quiet || now.Before(p.next) || n == p.max {
		return
	}
	p.next = now.Add(logEvery)
	p.log("eta", time.Duration(p.bar.State().SecondsLeft*float64(time.Second)).Round(time.Second).String())
}

// hide takes the bar off the terminal until the next set.
func (p *progress) hide() { _ = p.bar.Clear() }

// finish ends the bar and says how long it took.
func (p *progress) finish() {
	took := p.bar.State().SecondsSince
	p.app.bar = nil
	p.hide()
	p.log("took", fmt.Sprintf("%.1fs", took))
}

func (p *progress) log(extra ...any) {
	args := append([]any{"done", p.done, "of", p.max}, extra...)
	if p.note != "" {
		args = append(args, "at", p.note)
	}
	p.app.log.Info(p.what, args...)
}

// rows is set, for libraries that count rows.
func (p *progress) rows(n int) error {
	p.set(n, "")
	return nil
}
