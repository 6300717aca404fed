package main

import (
	"tweedie/datasets"
	"tweedie/train/tabular"
)

const defaultTimes = tabular.LawTimes

func (o *tableFlags) readTable(path string, conditions []string) (*datasets.Cells, error) {
	src, err := datasets.OpenTable(path)
	if err != nil {
		return nil, err
	}
	i, err := o.infer()
	if err != nil {
		return nil, err
	}
	d, err := tabular.ReadData(src, &tabular.Options{Infer: i})
	if err != nil {
		return nil, err
	}
	return d.Cells, nil
}
