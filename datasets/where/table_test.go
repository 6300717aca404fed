package where

import (
	"io"
	"strings"
	"testing"

	"tweedie/datasets"
)

// peopleTable has every kind of column; headers with spaces, operators and emoji.
const peopleTable = `age,income,"hours per week",gain,born,low,high,🎉,a-b,in,k,const,id,x
30,<=50K,40,0,2001-05-01,1,2,yes,1.5,u,1,7,r001,0.1234567890123451
31,>50K,41,0,2001-05-02,2,5,no,2.5,v,2,7,r002,0.2234568890123451
32,<=50K,,0,2001-06-01,3,3,yes,0.1,u,3,7,r003,0.3234569890123451
33,>50K,50,10,2002-05-01,4,2,no,0.3,v,1,7,r004,0.4234561890123451
45,<=50K,60,20,2003-05-01,5,9,yes,0.7,u,2,7,r005,0.5234562890123451
60,Other,35,30,2004-05-01,6,1,no,1.1,w,3,7,r006,0.6234563890123451
`

// people returns peopleTable and its codec.
func people(tb testing.TB) (*datasets.Codec, *datasets.Cells) {
	tb.Helper()
	return fit(tb, peopleTable, &datasets.InferOptions{Types: map[string]datasets.Type{"k": datasets.TypeCategorical, "id": datasets.TypeIdentifier}}, nil)
}

// fit reads a table and fits a codec to it. edit changes the metadata in between.
func fit(tb testing.TB, text string, o *datasets.InferOptions, edit func(*datasets.Metadata)) (*datasets.Codec, *datasets.Cells) {
	tb.Helper()
	src := datasets.CSVSource("t.csv", func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })
	m, err := datasets.Infer(src, o)
	if err != nil {
		tb.Fatal(err)
	}
	if edit != nil {
		edit(m)
	}
	c, err := datasets.ReadCells(src, m)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := datasets.Fit(c, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return e, c
}

// parse reads expressions that must be right.
func parse(tb testing.TB, e *datasets.Codec, expressions ...string) *Conditions {
	tb.Helper()
	c, err := Parse(e, false, expressions)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// rowsThat returns the rows that satisfy the expressions.
func rowsThat(e *datasets.Codec, cells *datasets.Cells, expressions ...string) ([]int, error) {
	c, err := Parse(e, false, expressions)
	if err != nil {
		return nil, err
	}
	rows := []int{}
	for i := range cells.Rows() {
		if c.Holds(cells, i) {
			rows = append(rows, i)
		}
	}
	return rows, nil
}
