package process

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Split cuts a command line into words at spaces and tabs. Single quotes keep what is
// between them; double quotes do too, but for \" and \\; outside of quotes \ keeps the
// character after it. There is no shell: no variables, no pipes, no wildcards. It errs on
// signs that only a shell understands, for which sh -c '…' is the way.
func Split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, quote, escaped := false, rune(0), false
	for _, c := range command {
		switch {
		case escaped:
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		case strings.ContainsRune("|&;<>`$*?\n", c):
			return nil, fmt.Errorf("the command %q has %q, which only a shell understands: quote it, or give sh -c '…'", command, c)
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("the command %q ends within quotes, or in \\", command)
	}
	if begun {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("the command is empty")
	}
	return words, nil
}

// Find errs unless the program of a command is there and may be run.
func Find(words []string) error {
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("the program %q is not there, or may not be run: give its path, or one in PATH (%w)", words[0], err)
	}
	return nil
}
