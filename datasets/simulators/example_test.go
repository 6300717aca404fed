package simulators_test

import (
	"context"
	"fmt"

	"tweedie/datasets/simulators"
)

// A simulator by its name; a program of any language is one too, by its command and with a prior.
func ExampleOpen() {
	ctx := context.Background()
	task, err := simulators.Open(ctx, "task:two_moons", nil, simulators.ProgramOptions{})
	if err != nil {
		panic(err)
	}
	theta, x, err := (&simulators.Drawing{Rows: 1000, Seed: 1}).Run(ctx, task)
	if err != nil {
		panic(err)
	}
	rows, parameters := theta.Dims()
	_, data := x.Dims()
	fmt.Println(task.Name(), rows, parameters, data)
	// Output: two_moons 1000 2 2
}
