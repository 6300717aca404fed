package main

import (
	"log/slog"
	"strconv"
	"strings"
)

// maxLine bounds a line of the log, in bytes: it may quote a file.
const maxLine = 1000

// oneLine makes a message one line that a terminal only shows: white space is blanks,
// other control characters are escaped, and the middle of a very long one is left out.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(clip(s)), " ")
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return clip(b.String())
}

// clip leaves the start, which says where, and the end, which says what to do.
func clip(s string) string {
	if len(s) <= maxLine {
		return s
	}
	const tail = maxLine / 4
	return strings.ToValidUTF8(s[:maxLine-tail-5]+" … "+s[len(s)-tail:], "")
}

// tame is oneLine for what the log is given.
func tame(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(oneLine(v.String()))
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			return slog.StringValue(oneLine(err.Error()))
		}
	}
	return v
}
