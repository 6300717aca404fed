package main

import (
	"io"
	"log/slog"

	"tweedie/datasets"
)

// summaryKey is of a text of several lines.
const summaryKey = "summary"

// summary prints what was found in a table.
func (a *app) summary(m *datasets.Metadata) {
	switch {
	case a.quiet:
	case a.logFormat == "json":
		a.log.Info("table", summaryKey, m.Summary())
	default:
		io.WriteString(logWriter{a}, m.Summary())
	}
}

// openLog opens the log in the format of --log-format. Lines carry no clock:
// the same run logs the same lines but for its speed.
func (a *app) openLog() error {
	level := slog.LevelInfo
	if a.quiet {
		level = slog.LevelWarn
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, at slog.Attr) slog.Attr {
		if at.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Attr{}
		}
		if at.Key != summaryKey {
			at.Value = tame(at.Value)
		}
		return at
	}}
	switch a.logFormat {
	case "text":
		a.log = slog.New(slog.NewTextHandler(logWriter{a}, o))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(logWriter{a}, o))
	default:
		return badUsage("--log-format is %q: use text or json", a.logFormat)
	}
	return nil
}

// logWriter writes lines above the bar, if there is one.
type logWriter struct{ app *app }

func (w logWriter) Write(p []byte) (int, error) {
	if w.app.bar != nil {
		w.app.bar.hide()
	}
	return w.app.stderr.Write(p)
}
