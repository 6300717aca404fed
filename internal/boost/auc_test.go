package boost

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

// auc returns the area under the ROC curve: the probability that a row of
// class 1 scores above one of class 0, a tie being half (Mann & Whitney 1947).
func auc(class []int, score []float64) float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	var ones, rank float64
	for lo := 0; lo < len(order); {
		hi := lo
		for hi < len(order) && score[order[hi]] == score[order[lo]] {
			hi++
		}
		for _, i := range order[lo:hi] {
			if class[i] == 1 {
				ones++
				rank += float64(lo+hi+1) / 2
			}
		}
		lo = hi
	}
	zeros := float64(len(order)) - ones
	return (rank - ones*(ones+1)/2) / (ones * zeros)
}

func TestAUC(t *testing.T) {
	class, score := []int{1, 0, 1, 0, 1, 0}, []float64{3, 1, 2, 2, 2, 5}
	var want float64
	for i, a := range class {
		for j, b := range class {
			if a == 1 && b == 0 {
				want += (1 + float64(cmp.Compare(score[i], score[j]))) / 2 / 9
			}
		}
	}
	if got := auc(class, score); math.Abs(got-want) > 1e-15 {
		t.Errorf("auc is %g, want %g", got, want)
	}
}
