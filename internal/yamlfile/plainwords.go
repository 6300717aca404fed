package yamlfile

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

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
