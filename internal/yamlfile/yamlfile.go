// Package yamlfile reads small YAML files that may be hostile.
//
// Unmarshal takes plain YAML of bounded size and depth. Anchors, aliases and tags are
// refused, with which a short text stands for a large or a strange one. No error has more
// than one line, and none quotes the file at length.
package yamlfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a file. The time of the parser grows with the square of its size.
// Nesting takes a column a level, or a bracket.
const (
	MaxBytes   = 1 << 19
	maxTokens  = 1 << 15 // names, values and signs
	maxColumn  = 400     // of what nests
	maxBracket = 40
)

// Read returns the content of the file at path. It errs for one of more than MaxBytes,
// and reads no more of it.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, cause(err)
	}
	return b, checkSize(b)
}

// cause is an error without the path, which callers name.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func checkSize(b []byte) error {
	if len(b) > MaxBytes {
		return fmt.Errorf("has more than %d bytes: give a shorter file", MaxBytes)
	}
	return nil
}

// Unmarshal decodes b into v, as yaml.Unmarshal does. strict refuses unknown keys.
func Unmarshal(b []byte, v any, strict bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("is no YAML that can be read: write it more plainly")
		}
	}()
	if err := checkSize(b); err != nil {
		return err
	}
	if err := plain(lexer.Tokenize(string(b))); err != nil {
		return err
	}
	var options []yaml.DecodeOption
	if strict {
		options = append(options, yaml.Strict())
	}
	if err := yaml.UnmarshalWithOptions(b, v, options...); err != nil {
		return brief(err, v)
	}
	if strict {
		var content any
		if err := yaml.Unmarshal(b, &content); err != nil {
			return brief(err, v)
		}
		if content != nil {
			return hasValues(content, "the file")
		}
	}
	return nil
}

// hasValues errs for a key or an entry of a list without a value, which would be read as 0.
func hasValues(v any, name string) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("%s has no value: give it one, or remove it", name)
	case []any:
		for i, e := range v {
			if err := hasValues(e, fmt.Sprintf("entry %d of %s", i+1, name)); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if err := hasValues(v[k], strconv.Quote(k)); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain errs for tokens that nest too deeply, and for those that stand for others.
func plain(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return fmt.Errorf("has more than %d names, values and signs: give a shorter file", maxTokens)
	}
	open := 0
	for i, t := range tokens {
		nests := false
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			return fmt.Errorf("line %d: anchors, aliases, tags and directives are not read here: write out what they stand for", t.Position.Line)
		case token.DocumentHeaderType:
			if slices.ContainsFunc(tokens[:i], func(t *token.Token) bool { return t.Type != token.CommentType }) {
				return fmt.Errorf("line %d: a second document begins: give one", t.Position.Line)
			}
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			nests = open <= 0
		}
		if open > maxBracket || nests && depth(t) > maxColumn {
			return fmt.Errorf("line %d: is nested too deeply", t.Position.Line)
		}
	}
	return nil
}

// depth is a bound of how deep a token is nested outside of brackets: each level begins
// farther to the right. The value of a mapping begins where its key does.
func depth(t *token.Token) int {
	if t.Type == token.MappingValueType && t.Prev != nil && t.Prev.Position != nil {
		return t.Prev.Position.Column
	}
	return t.Position.Column
}

// brief is an error of reading v without the picture of its place, which it says in words.
func brief(err error, v any) error {
	if what := misplaced(err); what != "" {
		return errors.New(what)
	}
	what, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	if at := place.FindStringSubmatch(what); at != nil {
		what = fmt.Sprintf("line %s, column %s: ", at[1], at[2]) + what[len(at[0]):]
	}
	what = other.ReplaceAllString(what, "already defined at line $1, column $2")
	const most = 300
	if len(what) > most {
		what = strings.ToValidUTF8(what[:most], "") + "…"
	}
	return errors.New(what + meant(err, v))
}

// place is how the parser writes where an error is, other where the same key was before.
var (
	place = regexp.MustCompile(`^\[(\d+):(\d+)\] `)
	other = regexp.MustCompile(`already defined at \[(\d+):(\d+)\]$`)
)
