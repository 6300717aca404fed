package where

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tweedie/datasets"
)

// pageTable has the columns of the conditions in the pages.
const pageTable = `age,job,hours,low,high,a,b,c,born,shipped,Order Date,length,wing,mass,eggs,ringed,species,income
30,clerk,40,1,2,0.5,1,3,2001-04-30,2001-05-09 10:00,01.05.2001,38.5,95.0,400,3,2022-04-01,owl,>50K
35,self employed,,2,5,0.7,2,4,2001-05-02,2001-05-10 11:30,13.05.2001,35.1,80.5,,2,2022-05-02,tern,<=50K
41,nurse,38,3,3,0.9,4,1,2001-06-01,2001-06-20 09:15,01.06.2001,58.0,138.2,950,1,2022-06-03,gull,<=50K
`

// conditionsIn are the conditions in the first column of the tables of a page.
func conditionsIn(page string) (list []string) {
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 || !strings.Contains(cells[1], "`") {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1]+cells[2], -1) {
			if strings.ContainsAny(m[1], " ") {
				list = append(list, m[1])
			}
		}
	}
	return list
}

// The conditions of the pages are conditions.
func TestPagesParse(t *testing.T) {
	e, _ := fit(t, pageTable, &datasets.InferOptions{Types: map[string]datasets.Type{"job": datasets.TypeCategorical}}, nil)
	seen := 0
	for _, name := range []string{"reference/where.md", "howto/conditions.md"} {
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range conditionsIn(string(page)) {
			if strings.HasPrefix(s, "--") || strings.HasPrefix(s, "where ") {
				continue
			}
			seen++
			if _, err := Parse(e, false, []string{s}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d conditions", seen)
	}
	if _, err := Parse(e, false, []string{"age => 30"}); err == nil {
		t.Error("what is no condition parses")
	}
}
