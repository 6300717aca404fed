package yamlfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"tweedie/internal/suggest"
)

// meant asks whether a key that is unknown stands for one that v has, and is "" of other errors.
func meant(err error, v any) string {
	var unknown *yaml.UnknownFieldError
	if !errors.As(err, &unknown) || unknown.Token == nil {
		return ""
	}
	near, ok := suggest.Nearest(unknown.Token.Value, keysOf(reflect.TypeOf(v), map[reflect.Type]bool{}))
	if !ok {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// keysOf are the keys that values of a type have, at any depth. Types that were seen have none.
func keysOf(t reflect.Type, seen map[reflect.Type]bool) (keys []string) {
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return keysOf(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if key, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" {
				keys = append(keys, key)
			}
			keys = append(keys, keysOf(f.Type, seen)...)
		}
	}
	return keys
}

// misplaced says in plain words what was found where, and what belongs there, of a value of
// another kind than its key takes: "" of other errors.
func misplaced(err error) string {
	var node *yaml.UnexpectedNodeTypeError
	if errors.As(err, &node) {
		return placed(node.Token) + "is " + ofNode(node.Actual) + ": give " + ofNode(node.Expected)
	}
	var kind *yaml.TypeError
	if errors.As(err, &kind) && kind.SrcType != nil && kind.DstType != nil {
		return placed(kind.Token) + "is " + ofType(kind.SrcType) + ": give " + ofType(kind.DstType)
	}
	return ""
}

// placed is where a value begins, and its key if it has one on the same line.
func placed(t *token.Token) string {
	if t == nil || t.Position == nil {
		return "a value "
	}
	at := fmt.Sprintf("line %d, column %d: ", t.Position.Line, t.Position.Column)
	if t.Type == token.MappingValueType { // the mapping that it is the first colon of
		return at + "this "
	}
	colon := t.Prev
	if colon != nil && (colon.Type == token.SequenceStartType || colon.Type == token.SequenceEntryType) {
		return at + "this entry of a list "
	}
	if colon == nil || colon.Type != token.MappingValueType || colon.Prev == nil {
		return at + "this "
	}
	const most = 60
	if key := colon.Prev.Value; len(key) <= most {
		return at + fmt.Sprintf("%q ", key)
	}
	return at + "this "
}

func ofNode(n ast.NodeType) string {
	switch n {
	case ast.MappingType, ast.MappingValueType:
		return "keys with values, as {name: value}"
	case ast.SequenceType:
		return "a list, as [1, 2]"
	case ast.StringType, ast.LiteralType:
		return "a text"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	case ast.NullType:
		return "nothing"
	}
	return "another value"
}

func ofType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return ofType(t.Elem())
	case reflect.Slice, reflect.Array:
		return ofNode(ast.SequenceType)
	case reflect.Map, reflect.Struct:
		return ofNode(ast.MappingType)
	case reflect.String:
		return ofNode(ast.StringType)
	case reflect.Bool:
		return ofNode(ast.BoolType)
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float32, reflect.Float64:
		return ofNode(ast.FloatType)
	}
	return ofNode(ast.UnknownNodeType)
}
