package shard

import (
	"math"
	"strings"
	"testing"
)

func none(string) string { return "" }

func TestParse(t *testing.T) {
	for text, want := range map[string]Part{"": {}, "1/1": {1, 1}, "3/7": {3, 7}, "999999999/999999999": {999999999, 999999999}} {
		if p, err := Parse(text, none); err != nil || p != want {
			t.Errorf("%q is %v (%v), want %v", text, p, err, want)
		}
	}
	for _, text := range []string{"0/3", "4/3", "3", "/3", "a/b", "1/3x", "-1/3", "1/ 3", "1/9999999999", "1.0/2", "AUTO", "1/0"} {
		if p, err := Parse(text, none); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
	env := func(name string) string { return map[string]string{"JOB_COMPLETION_INDEX": "0", "SHARDS": "2"}[name] }
	if p, err := Parse("", env); err != nil || !p.Whole() {
		t.Errorf("the environment makes a whole %v (%v)", p, err)
	}
	if p, err := Parse("auto", env); err != nil || p != (Part{1, 2}) {
		t.Errorf("auto is %v (%v)", p, err)
	}
}

// Parts follow each other without gaps, cover all rows, and begin at multiples of the batch
// if there are as many batches as parts.
func TestRange(t *testing.T) {
	for _, c := range [][3]int{{0, 7, 1}, {1, 7, 1}, {6, 7, 1}, {7, 7, 1}, {1000, 7, 1}, {1000, 7, 64}, {100, 7, 64}, {1025, 2, 1024}, {math.MaxInt, 3, 1}, {math.MaxInt, 999_999_999, 1 << 20}} {
		rows, of, batch := c[0], c[1], c[2]
		next, least, most := 0, math.MaxInt, 0
		for _, i := range []int{1, 2, 3, 4, 5, 6, 7} {
			if i > of {
				break
			}
			first, n := Part{i, of}.Range(rows, batch)
			if first != next || n < 0 {
				t.Fatalf("%v: part %d has %d rows from %d on, want from %d on", c, i, n, first, next)
			}
			if aligned := (rows-1)/batch+1 >= of; aligned && first%batch != 0 && first != rows {
				t.Errorf("%v: part %d begins at %d", c, i, first)
			}
			next, least, most = first+n, min(least, n), max(most, n)
		}
		if of <= 7 && next != rows {
			t.Errorf("%v: parts end at %d", c, next)
		}
		if of <= 7 && (rows-1)/batch+1 < of {
			batch = 1 // batches are cut
		}
		if most-least > 2*batch || batch == 1 && most-least > 1 {
			t.Errorf("%v: parts of %d to %d rows", c, least, most)
		}
	}
	if first, n := (Part{}).Range(9, 4); first != 0 || n != 9 {
		t.Errorf("the whole has %d rows from %d on", n, first)
	}
}

func TestFromEnvironment(t *testing.T) {
	array := "SLURM_ARRAY_TASK_ID=%;SLURM_ARRAY_TASK_COUNT=4;SLURM_ARRAY_TASK_MIN=10;SLURM_ARRAY_TASK_MAX=16;SLURM_ARRAY_TASK_STEP=2"
	for _, c := range []struct {
		env  string
		want Part
		says string
	}{
		{"SLURM_ARRAY_TASK_ID=3;SHARDS=7", Part{3, 7}, ""},
		{"SLURM_ARRAY_TASK_ID=3;SHARDS=7;SLURM_ARRAY_TASK_COUNT=1;SLURM_ARRAY_TASK_MIN=3;SLURM_ARRAY_TASK_MAX=3", Part{3, 7}, ""}, // run again
		{strings.ReplaceAll(array, "%", "10"), Part{1, 4}, ""},
		{strings.ReplaceAll(array, "%", "16"), Part{4, 4}, ""},
		{"SLURM_ARRAY_TASK_ID=0;SLURM_ARRAY_TASK_COUNT=2;SLURM_ARRAY_TASK_MIN=0;SLURM_ARRAY_TASK_MAX=1", Part{1, 2}, ""},
		{"JOB_COMPLETION_INDEX=6;SHARDS=7", Part{7, 7}, ""},
		{strings.ReplaceAll(array, "%", "11"), Part{}, "has no place in it"},
		{strings.ReplaceAll(array, "%", "18"), Part{}, "part 5 of 4"},
		{"SLURM_ARRAY_TASK_ID=5;SLURM_ARRAY_TASK_COUNT=3;SLURM_ARRAY_TASK_MIN=1;SLURM_ARRAY_TASK_MAX=7", Part{}, "has no place in it"}, // 1,5,7
		{"JOB_COMPLETION_INDEX=7;SHARDS=7", Part{}, "part 8 of 7"},
		{"JOB_COMPLETION_INDEX=7", Part{}, "set SHARDS"},
		{"SLURM_ARRAY_TASK_ID=0;SHARDS=7", Part{}, "from 1 to SHARDS"},
		{"SLURM_ARRAY_TASK_ID=x;SHARDS=7", Part{}, `SLURM_ARRAY_TASK_ID is "x"`},
		{"SLURM_ARRAY_TASK_ID=1;JOB_COMPLETION_INDEX=1;SHARDS=7", Part{}, "both"},
		{"SLURM_ARRAY_TASK_ID=1", Part{}, "whole number was expected"},
		{"SHARDS=7", Part{}, "neither"},
	} {
		vars := map[string]string{}
		for _, v := range strings.Split(c.env, ";") {
			name, value, _ := strings.Cut(v, "=")
			vars[name] = value
		}
		p, err := FromEnvironment(func(name string) string { return vars[name] })
		if p != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: part %v, error %v; want %v, %q", c.env, p, err, c.want, c.says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1/2", "auto", "", "999999999/999999999", "1/", "é/1"} {
		f.Add(s, 1000, 7)
	}
	f.Fuzz(func(t *testing.T, text string, rows, batch int) {
		p, err := Parse(text, none)
		if err != nil || rows < 0 || batch < 1 {
			return
		}
		if first, n := p.Range(rows, batch); first < 0 || n < 0 || n > rows-first {
			t.Errorf("part %v of %d rows: %d from %d on", p, rows, n, first)
		}
	})
}

// Batches are never cut, and the parts are the whole.
func TestBatches(t *testing.T) {
	for _, c := range []struct{ rows, batch, of int }{{1000, 250, 3}, {1001, 250, 7}, {3, 1, 200}, {3, 250, 4}, {0, 5, 2}, {10, 4, 2}} {
		next := 0
		for i := range c.of {
			first, n := Part{Index: i + 1, Of: c.of}.Batches(c.rows, c.batch)
			if first != next || n < 0 || n > 0 && first%c.batch != 0 {
				t.Errorf("%v: part %d has %d rows from %d on, want from %d on", c, i+1, n, first, next)
			}
			next = first + n
		}
		if next != c.rows {
			t.Errorf("%v: %d rows", c, next)
		}
	}
}
