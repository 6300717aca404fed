package layers

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// bannedImports maps an import path to what to use instead.
var bannedImports = map[string]string{
	"math/rand":             "math/rand/v2 through internal/stream",
	"github.com/pkg/errors": "fmt.Errorf with %w",
	"C":                     "pure Go: cgo is never required",
}

// bannedCalls lists the functions that only the command (and tests) may name.
// Results must not depend on a clock, libraries do not print and do not exit.
var bannedCalls = map[string][]string{
	"time": {"Now", "Since", "Until"},
	"fmt":  {"Print", "Printf", "Println"},
	"os":   {"Exit"},
	"log":  {"Fatal", "Fatalf", "Fatalln", "Print", "Printf", "Println"},
}

// CheckSource returns a sentence for each banned habit in one Go file. path is
// relative to the module's root and decides what is allowed there: the clock
// and printing in cmd/ and in tests, os.Exit in cmd/tweedie/main.go alone. A
// generator, a main package outside cmd/, is part of no product and may do all
// of that (its package would need an entry in the table if it were built).
func CheckSource(path, src string) ([]string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var bad []string
	report := func(pos token.Pos, format string, args ...any) {
		bad = append(bad, fmt.Sprintf("%s:%d: ", path, fset.Position(pos).Line)+fmt.Sprintf(format, args...))
	}
	generator := f.Name.Name == "main" && !strings.HasPrefix(path, "cmd/")
	local := map[string]string{} // name in this file → import path
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if use, banned := bannedImports[imp]; banned {
			report(spec.Pos(), "import of %s, use %s", imp, use)
		}
		name := imp[strings.LastIndex(imp, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			report(spec.Pos(), "dot import of %s", imp)
		}
		local[name] = imp
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if pkg, fn := qualified(n, local); slices.Contains(bannedCalls[pkg], fn) && !generator && !allowed(path, pkg, fn) {
				report(n.Pos(), "%s.%s", pkg, fn)
			}
		case *ast.CallExpr:
			if formatsPanic(n, local) {
				report(n.Pos(), "panic with formatted text, use a constant \"pkg: what\"")
			}
		}
		return true
	})
	return bad, nil
}

// qualified splits pkg.Name, or returns two empty strings.
func qualified(e ast.Expr, local map[string]string) (pkg, name string) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok || local[id.Name] == "" {
		return "", ""
	}
	return local[id.Name], sel.Sel.Name
}

// allowed reports whether the file at path may name pkg.fn, a banned call.
func allowed(path, pkg, fn string) bool {
	test := strings.HasSuffix(path, "_test.go")
	if pkg == "os" {
		return test || path == "cmd/tweedie/main.go"
	}
	return test || strings.HasPrefix(path, "cmd/") && pkg != "log"
}

// formatsPanic reports whether call is panic(fmt.Anything(…)).
func formatsPanic(call *ast.CallExpr, local map[string]string) bool {
	id, ok := call.Fun.(*ast.Ident)
	if !ok || id.Name != "panic" || len(call.Args) != 1 {
		return false
	}
	arg, ok := call.Args[0].(*ast.CallExpr)
	if !ok {
		return false
	}
	pkg, _ := qualified(arg.Fun, local)
	return pkg == "fmt"
}
