package shard

import (
	"fmt"
	"strconv"
)

// CountVariable is the environment variable that says how many parts there are, which
// Kubernetes does not, and of Slurm's arrays neither once a single task of them is run again.
const CountVariable = "SHARDS"

// FromEnvironment returns the part that a scheduler's task is:
//
//   - Slurm: SLURM_ARRAY_TASK_ID of SHARDS, for an array 1-N. Without SHARDS the place of the
//     ID among _MIN, _MIN+_STEP … _MAX, if there are _COUNT of these. An array of less than
//     the whole, as --array=3 to run a task again, has another count, and needs SHARDS.
//   - Kubernetes Indexed Job: JOB_COMPLETION_INDEX, from 0, of SHARDS.
//
// It errs without either, with both, and if the numbers make no part.
func FromEnvironment(getenv func(string) string) (Part, error) {
	e := environment{get: getenv}
	slurm, job := getenv("SLURM_ARRAY_TASK_ID") != "", getenv("JOB_COMPLETION_INDEX") != ""
	var p Part
	switch {
	case slurm && job:
		return p, fmt.Errorf("auto: both SLURM_ARRAY_TASK_ID and JOB_COMPLETION_INDEX are set: give i/n")
	case slurm && getenv(CountVariable) != "":
		p = Part{e.number("SLURM_ARRAY_TASK_ID"), e.number(CountVariable)}
	case slurm:
		p = e.array()
	case job && getenv(CountVariable) == "":
		return p, fmt.Errorf("auto: JOB_COMPLETION_INDEX says which part this is, but not of how many: set %s to the completions of the job", CountVariable)
	case job:
		p = Part{e.number("JOB_COMPLETION_INDEX") + 1, e.number(CountVariable)}
	default:
		return p, fmt.Errorf("auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set: give i/n")
	}
	if e.err != nil {
		return Part{}, e.err
	}
	if p.Index < 1 || p.Index > p.Of {
		return Part{}, fmt.Errorf("auto: the environment says part %d of %d: number the tasks of a Slurm array from 1 to %s, and those of a Kubernetes job from 0", p.Index, p.Of, CountVariable)
	}
	return p, nil
}

// environment reads numbers, and keeps the first error.
type environment struct {
	get func(string) string
	err error
}

func (e *environment) number(name string) int {
	text := e.get(name)
	v, err := strconv.Atoi(text)
	if (err != nil || v < 0 || v > 999_999_999) && e.err == nil {
		e.err = fmt.Errorf("auto: %s is %.20q: a whole number was expected; give i/n", name, text)
	}
	return v
}

// array is the part of a whole Slurm array without SHARDS.
func (e *environment) array() Part {
	id, count := e.number("SLURM_ARRAY_TASK_ID"), e.number("SLURM_ARRAY_TASK_COUNT")
	lo, hi, step := e.number("SLURM_ARRAY_TASK_MIN"), e.number("SLURM_ARRAY_TASK_MAX"), 1
	if e.get("SLURM_ARRAY_TASK_STEP") != "" {
		step = e.number("SLURM_ARRAY_TASK_STEP")
	}
	if e.err != nil {
		return Part{}
	}
	if step < 1 || hi != lo+(count-1)*step || id < lo || (id-lo)%step != 0 {
		e.err = fmt.Errorf("auto: task %d of a Slurm array of %d from %d to %d has no place in it: set %s to the number of parts, or give i/n", id, count, lo, hi, CountVariable)
		return Part{}
	}
	return Part{(id-lo)/step + 1, count}
}
