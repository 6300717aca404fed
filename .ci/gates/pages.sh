#!/usr/bin/env bash
# Pages of every command in headless Chromium, at 390 and 1280 pixels, light and dark: nothing is
# wider than the window, cut, or hard to read. Skipped, with the reason, where there is no browser
# or no Node.js.
set -euo pipefail
cd "$(dirname "$0")/../.."
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
	echo "pages: skipped, there is no chromium"
	exit 0
fi
if ! command -v node >/dev/null; then
	echo "pages: skipped, there is no node"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -trimpath -o "$dir/tweedie" ./cmd/tweedie
script=$PWD/.ci/pages.mjs
table=$PWD/docs/tutorial/birds.csv
cd "$dir"
{
	head -301 "$table" >train.csv
	{ head -1 "$table"; tail -100 "$table"; } >test.csv
	./tweedie train --data train.csv --steps 60 --hidden 16 --layers 1 --holdout 0.2 --out m.st --report train.html --quiet
	./tweedie sample --model m.st --rows 300 --nfe 8 --out fake.csv --quiet
	./tweedie evaluate --real train.csv --synthetic fake.csv --holdout test.csv --out evaluate.html --quiet
	printf 'guide:\n  - observe: {wing: 95}\n    noise: 3\n' >wing.yaml
	./tweedie check --model m.st --guide wing.yaml --replicas 20 --draws 9 --nfe 4 --out . --quiet
	./tweedie impute --model m.st --in test.csv --check --baselines fast --draws 5 --nfe 4 --report impute.html --quiet
	./tweedie quickstart --steps 20 --out demo --quiet
	cp demo/report.html quickstart.html
	./tweedie simulate --task two_moons --rows 500 --theta theta.csv --x x.csv --quiet
	./tweedie train --theta theta.csv --x x.csv --prior task:two_moons --steps 30 --hidden 8 --layers 1 --out p.st --report posterior.html --quiet
	./tweedie calibrate --model p.st --theta theta.csv --x x.csv --simulations 20 --draws 19 --densities 9 --nfe 8 --out . --quiet
	./tweedie simulate --task two_moons --observation 1 --x observed.csv --quiet
	./tweedie infer --model p.st --observation observed.csv --rows 200 --nfe 8 --report infer.html --quiet
	# A table of 24 columns with long names and levels that differ in their middle.
	awk 'BEGIN { srand(1); print "Größe des Grundstücks in Quadratmetern,название станции,énergie consommée" names()
		for (i = 0; i < 400; i++) { z = rand()
			printf "%.2f,category %d of many,Freie und Hansestadt Hamburg, Bezirk %d", z, 12 * rand() * rand(), 5 * rand()
			for (j = 4; j <= 24; j++) printf ",%s", rand() < 0.1 ? "" : sprintf("%.3f", j * z + rand()); print "" } }
		function names(s, j) { for (j = 4; j <= 24; j++) s = s sprintf(",measurement_of_channel_%02d", j); return s }' |
		sed 's/Hamburg, Bezirk/Hamburg – Bezirk/' >wide.csv
	{ head -1 wide.csv; tail -200 wide.csv; } >half.csv
	./tweedie evaluate --real wide.csv --synthetic half.csv --out wide-table.html --quiet
} >log 2>&1 || { cat log; exit 1; }
node "$script" "$browser" "$dir" wide-table.html train.html evaluate.html check.html impute.html quickstart.html posterior.html infer.html calibrate.html
[ -z "${PAGES_OUT:-}" ] || cp ./*.png "$PAGES_OUT"
# The check sees a page that is too wide, text that is cut, covered, too small or broken up, and
# a figure that is too small.
printf '<body><p style="width:2000px">wide</p>' >wide.html
printf '<body><svg width="50" height="20" viewBox="0 0 50 20"><text x="40" y="10">cut</text></svg>' >cut.html
printf '<body><svg width="90" viewBox="0 0 90 20"><text font-size="10" y="10">left</text><text font-size="10" x="9" y="10">right</text></svg>' >over.html
printf '<body><svg width="90" viewBox="0 0 90 20"><text font-size="10" y="10">under</text><rect class="first" x="9" width="9" height="19"/></svg>' >bar.html
printf '<body><svg width="90" viewBox="0 0 180 20"><text font-size="10" y="10">tiny</text></svg>' >tiny.html
printf '<body><table><td style="width:9px;overflow-wrap:anywhere">brokenword' >broken.html
printf '<body><img src="evaluate-390-light.png" width="90">' >small.html
if node "$script" "$browser" "$dir" {wide,cut,over,bar,tiny,broken,small}.html >bad.log; then
	echo "pages: the check overlooks all of the bad pages"
	exit 1
fi
for fault in 'wide.html.* the page is 2' 'cut.html.* text is cut' 'over.html.* left overlaps right' 'bar.html.* under overlaps a bar' \
	'tiny.html.* tiny is 5' 'broken.html.* words are broken up' 'small.html.* text of a figure'; do
	grep -q "$fault" bad.log || { echo "pages: the check overlooks $fault"; cat bad.log; exit 1; }
done
