package tabular

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tweedie/datasets"
)

// sinesText is a table of numbers of three decimals.
func sinesText(rows int, columns ...string) string {
	var b strings.Builder
	b.WriteString(strings.Join(columns, ",") + "\n")
	for i := range rows {
		for j := range columns {
			x := math.Sin(float64(7*i+j)) + 0.3*math.Sin(float64(i*i+3*j))
			fmt.Fprintf(&b, "%.3f%s", x+float64(i%3), []string{",", "\n"}[(j+1)/len(columns)])
		}
	}
	return b.String()
}

// jobsText is a table of ages (18 to 79), gains (0 or 100 to 999), jobs, hours (20 to
// 60, or missing), days of 2001 and an emoji.
func jobsText(rows int) string {
	var b strings.Builder
	b.WriteString("age,gain,job,hours,born,🎉\n")
	for i := range rows {
		u, v, w := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1), math.Mod(float64(i)*0.569840, 1)
		age, gain, hours := 18+int(62*u), "0", strconv.Itoa(20+int(41*w))
		if u+v > 1.3 {
			gain = strconv.Itoa(100 + int(900*v))
		}
		if i%5 == 0 {
			hours = ""
		}
		job := []string{"clerk", ">50", "self emp"}[int(3*(u+w)/2)]
		fmt.Fprintf(&b, "%d,%s,%s,%s,2001-%02d-%02d,%s\n", age, gain, job, hours, 1+int(12*v), 1+int(28*w), []string{"yes", "no"}[int(2*v)])
	}
	return b.String()
}

// townsText is a table of towns, the first ones frequent and one in twenty missing, of
// heights and kinds that go with the town.
func townsText(rows, levels int) string {
	var b strings.Builder
	b.WriteString("town,height,kind\n")
	for i := range rows {
		u, v := math.Mod(float64(i)*0.618034, 1), math.Mod(float64(i)*0.754878, 1)
		k := int(float64(levels) * u * u * v)
		if i < levels {
			k = i // all are there
		}
		town := fmt.Sprintf("town %04d", k)
		if i >= levels && i%20 == 0 {
			town = ""
		}
		fmt.Fprintf(&b, "%s,%.2f,%s\n", town, float64(k*7%5)+v, []string{"port", "fair", "spa"}[(k*7%5+int(2*u))%3])
	}
	return b.String()
}

// gapsText is a table in which a = b + noise, zero is 0 or not, and c tells the sign of
// b; id is an identifier, and cells are missing of all but d.
func gapsText(rows int) string {
	var t strings.Builder
	t.WriteString("id,a,b,c,zero,d\n")
	for i := range rows {
		u := func(k int) float64 { // in (0, 1), without a pattern that matters
			v := math.Sin(float64(i)*12.9898+float64(k)*78.233) * 43758.5453
			return v - math.Floor(v)
		}
		b := math.Sqrt(-2*math.Log(u(1)+1e-9)) * math.Cos(2*math.Pi*u(2))
		cells := []string{fmt.Sprintf("R%04d", i), fmt.Sprintf("%.2f", b+0.2*(u(3)-0.5)), fmt.Sprintf("%.3f", b), "minus", "0", fmt.Sprintf("%.1f", 5*u(4))}
		if b > 0 {
			cells[3], cells[4] = "plus", fmt.Sprintf("%.2f", 10*b)
		}
		for j := 1; j < 5; j++ {
			if u(10+j) < 0.1 {
				cells[j] = []string{"", "NA"}[i%2]
			}
		}
		t.WriteString(strings.Join(cells, ",") + "\n")
	}
	return t.String()
}

// must is v, and a panic where a test cannot go on.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// fit trains a model of a text.
func fit(text string, o Options) *Model {
	return must(Fit(context.Background(), source("t.csv", text), &o))
}

// cellsOf reads a text as the model reads it.
func cellsOf(m *Model, text string) *datasets.Cells {
	return must(datasets.ReadCells(source("t.csv", text), m.codec.Metadata()))
}

// draw samples rows.
func draw(m *Model, n int, q *Query) *DrawnRows {
	return must(m.Sample(context.Background(), n, q))
}

// records are the rows of a CSV text.
func records(text string) [][]string {
	return must(csv.NewReader(strings.NewReader(text)).ReadAll())
}
