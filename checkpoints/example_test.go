package checkpoints_test

import (
	"fmt"
	"os"
	"path/filepath"

	"tweedie/checkpoints"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "m.safetensors")

	f := checkpoints.New("model")
	f.Arrays = append(f.Arrays, checkpoints.Array{Name: "w", Shape: []int{2, 1}, F32: []float32{0.5, -1}})
	if err := checkpoints.Save(path, f); err != nil {
		fmt.Println(err)
		return
	}

	g, err := checkpoints.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := g.Float32s("w", 2, 1)
	fmt.Println(g.Kind(), w, err)
	// Output: model [0.5 -1] <nil>
}
