#!/usr/bin/env bash
# A gate that cannot fail is worse than none. Each gate must be green on the
# small module in .ci/clean, and red, for the right reason, on a copy of it with
# one planted failure. Exit 0 only if every gate does both.
set -euo pipefail
ci=$(cd "$(dirname "$0")" && pwd)
base=$(mktemp -d)
trap 'rm -rf "$base"' EXIT
red=0

# module makes a clean copy with this repository's gates and layer tests in
# $base/module.
module() {
	rm -rf "$base/module"
	cp -R "$ci/clean" "$base/module"
	mkdir -p "$base/module/.ci" "$base/module/internal"
	cp -R "$ci/gates" "$ci/tools" "$ci/interchange.py" "$base/module/.ci/"
	cp -R "$ci/../internal/layers" "$base/module/internal/"
	cd "$base/module"
	printf '\n// go4.org/unsafe/assume-no-moving-gc v0.0.0-20231121144256-b99613f794b6\n' >>go.mod
	git init -q
	git add -A
}

# expect WANT REASON GATE [ARGUMENT] runs a gate; WANT is green or red, and
# REASON a pattern that the output of a red gate must match.
expect() {
	local want=$1 reason=$2 gate=$3 got=green log
	shift 3
	log=$(".ci/gates/$gate.sh" "$@" 2>&1) || got=red
	if [ "$got" != "$want" ] || { [ "$got" = red ] && ! grep -qE "$reason" <<<"$log"; }; then
		printf 'selftest: %s is %s, want %s for "%s":\n%s\n' "$gate" "$got" "$want" "$reason" "$log" >&2
		red=1
	fi
}

# try GATE REASON runs a gate on the clean module and again after planting what
# stands on standard input, a shell script whose folder is the module.
try() {
	local gate=$1 reason=$2 start=$SECONDS
	module
	expect green '' "$gate"
	bash -euo pipefail
	git add -A
	expect red "$reason" "$gate"
	printf 'selftest: %-12s %2d s  red for "%s"\n' "$gate" $((SECONDS - start)) "$reason"
}

try fmt 'sde/x.go' <<'PLANT'
printf 'package sde\nvar  x = 1\n' >sde/x.go
PLANT
try vet 'wrong type' <<'PLANT'
printf 'package sde\n\nimport "fmt"\n\nvar X = fmt.Sprintf("%%d", "x")\n' >sde/x.go
PLANT
try vet 'x_arm64.go.*wrong type' <<'PLANT'
printf 'package sde\n\nimport "fmt"\n\nvar X = fmt.Sprintf("%%d", "x")\n' >sde/x_arm64.go
PLANT
try staticcheck 'U1000' <<'PLANT'
printf 'package sde\n\nfunc unused() {}\n' >sde/x.go
PLANT
try layers 'sample must not import guide' <<'PLANT'
mkdir sample guide
echo 'package guide' >guide/x.go
printf 'package sample\n\nimport _ "tweedie/guide"\n' >sample/x.go
PLANT
try layers 'sde must not import gorgonia.org/tensor' <<'PLANT'
printf 'package sde\n\nimport _ "gorgonia.org/tensor"\n' >sde/x.go
PLANT
try layers 'novel has no entry' <<'PLANT'
mkdir novel
echo 'package novel' >novel/x.go
PLANT
try imports 'import of math/rand' <<'PLANT'
printf 'package sde\n\nimport "math/rand"\n\nvar X = rand.Int()\n' >sde/x.go
PLANT
try imports 'x.go:5: time.Now' <<'PLANT'
printf 'package sde\n\nimport "time"\n\nvar X = time.Now()\n' >sde/x.go
PLANT
try race 'DATA RACE' <<'PLANT'
cat >sde/x_test.go <<'GO'
package sde

import "testing"

func TestRace(t *testing.T) {
	n, done := 0, make(chan bool)
	go func() { n++; done <- true }()
	n++
	<-done
}
GO
PLANT
try generate 'made.go differ' <<'PLANT'
printf '//go:build ignore\n\npackage main\n\nimport "os"\n\nfunc main() { _ = os.WriteFile("made.go", []byte("package sde\\n"), 0o644) }\n' >sde/gen.go
printf '//go:generate go run gen.go\n\npackage sde\n\nconst byHand = 1\n' >sde/made.go
PLANT
try cross 'windows/amd64 does not build' <<'PLANT'
printf 'package sde\n\nvar _ = missing\n' >sde/x_windows.go
PLANT
try cross 'linux/arm64 does not build' <<'PLANT'
printf 'package sde\n\nfunc assembly()\n' >sde/x_arm64.go
PLANT
module
if .ci/gates/arm64.sh | grep -q skipped; then
	echo "selftest: arm64 skipped, as the gate does"
else
	try arm64 'wrong there' <<'PLANT'
mkdir -p internal/kernel
cat >internal/kernel/x_test.go <<'GO'
package kernel

import (
	"runtime"
	"testing"
)

func TestHere(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Error("wrong there")
	}
}
GO
PLANT
	try arm64 'nn has products that are fused' <<'PLANT'
mkdir nn
printf 'package nn\n\n//go:noinline\nfunc F(x, y, z float64) float64 { return x*y + z }\n' >nn/x.go
printf 'package nn\n\nimport "testing"\n\nfunc TestGolden(t *testing.T) {\n\tif F(1, 2, 3) != 5 {\n\t\tt.Fail()\n\t}\n}\n' >nn/x_test.go
PLANT
fi
try tidy 'golang.org/x/sys' <<'PLANT'
printf '\nrequire golang.org/x/sys v0.46.0\n' >>go.mod
PLANT
try pin 'must require' <<'PLANT'
grep -v assume-no-moving-gc go.mod >go.mod.new
mv go.mod.new go.mod
PLANT
try docs 'dead link to docs/gone.md' <<'PLANT'
echo '[gone](docs/gone.md)' >>README.md
PLANT
try docs 'belong to one machine' <<'PLANT'
echo "see /ho""me/someone/notes" >>README.md
PLANT
try docs 'left open' <<'PLANT'
printf 'package sde\n\n// TO''DO: more\n' >sde/x.go
PLANT
try binary '4[1-9][0-9]{6} bytes' <<'PLANT'
head -c 45000000 /dev/urandom >cmd/tweedie/big
cat >cmd/tweedie/big.go <<'GO'
package main

import _ "embed"

//go:embed big
var big string

func init() { println(big[:1]) }
GO
PLANT
try binary 'attempt 3' <<'PLANT'
printf 'package main\n\nimport "time"\n\nfunc init() { time.Sleep(60 * time.Millisecond) }\n' >cmd/tweedie/slow.go
PLANT
try fuzz 'Failing input' <<'PLANT'
sed 's/limit = 300/limit = 2/' sde/sde_test.go >sde/new
mv sde/new sde/sde_test.go
PLANT

# The interchange gate reads a file: one that is whole, then the same cut short.
# Without Python the gate skips, and there is nothing to show.
module
if command -v python3 >/dev/null; then
	python3 - <<'PY'
import json, struct
head = json.dumps({"__metadata__": {"format": "test"}, "w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
head += b" " * (-len(head) % 8)
whole = struct.pack("<Q", len(head)) + head + struct.pack("<2f", 1, 2)
open("whole.safetensors", "wb").write(whole)
open("cut.safetensors", "wb").write(whole[:-4])
PY
	expect green '' interchange whole.safetensors
	if .ci/gates/interchange.sh whole.safetensors | grep -q skipped; then
		echo "selftest: interchange skipped, as the gate does"
	else
		expect red 'SafetensorError' interchange cut.safetensors
	fi
fi

# A copy of the whole tree is renamed: the tests of two packages and of the
# layer table pass. A path that nobody can fetch is refused, and the name of a stream is kept.
start=$SECONDS
log=$(bash -euo pipefail -s "$ci/.." "$base/renamed" 2>&1 <<'RENAME'
mkdir "$2"
cd "$1"
git -c safe.directory='*' ls-files -z | xargs -0 tar cf - | tar xf - -C "$2"
cd "$2"
git init -q
git add -A
for bad in tweedie example.com 'example.com/a b' /x; do
	if .ci/rename.sh "$bad" 2>/dev/null; then
		echo "rename takes \"$bad\""
		exit 1
	fi
done
.ci/rename.sh example.com/you/tweedie
if grep -rn --include='*.go' '"tweedie/sde"' .; then exit 1; fi
grep -q '"tweedie/impute/rows"' train/tabular/imputecheck.go
[ -z "$(gofmt -l cmd datasets)" ]
go test -short ./datasets/shard ./internal/stream
go test -count=1 -run 'Imports|Table|Check' ./internal/layers
RENAME
) || { printf 'selftest: a renamed copy fails:\n%s\n' "$log" >&2; red=1; }
printf 'selftest: %-12s %2d s  a renamed copy passes\n' rename $((SECONDS - start))

[ "$red" -ne 0 ] || echo "selftest: every gate is green on a clean module and red on its planted failure"
exit "$red"
