package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tweedie/internal/yamlfile"
)

const batch = "../../docs/howto/batch/"

// inFolder is a folder with a table and its model, and tweedie in the path.
func inFolder(t *testing.T) (dir string, run func(env []string, name string, args ...string) (string, error)) {
	t.Helper()
	if testing.Short() {
		t.Skip("some seconds")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "table.csv"), []byte(mixedText(300)), 0o666); err != nil {
		t.Fatal(err)
	}
	run = func(env []string, name string, args ...string) (string, error) {
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), env...)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(nil, "tweedie", "train", "--data", "table.csv", "--steps", "40", "--hidden", "32", "--layers", "1", "--quiet", "--out", "model.safetensors"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir, run
}

// sameBytes errs unless two files of a folder have the same bytes.
func sameBytes(t *testing.T, dir, a, b string) {
	t.Helper()
	x, errX := os.ReadFile(filepath.Join(dir, a))
	y, errY := os.ReadFile(filepath.Join(dir, b))
	if errX != nil || errY != nil || len(x) == 0 || string(x) != string(y) {
		t.Errorf("%s (%d bytes, %v) and %s (%d bytes, %v) differ", a, len(x), errX, b, len(y), errY)
	}
}

func batchScript(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(batch + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// flaky runs a command; the first job of part 3 it kills while it runs, with a signal that
// no program can catch, and leaves a mark of it.
const flaky = `#!/usr/bin/env bash
case "$* " in
*"--shard 3/7 "*)
	if mkdir killed 2>/dev/null; then
		tweedie "$@" --nfe 20000 &
		sleep 0.5
		kill -9 $! || exit 3
		wait $!
		code=$?
		echo "$code" >killed/code
		exit "$code"
	fi ;;
esac
exec tweedie "$@"
`

// One job is killed while it draws, and tried again: the bytes are those of one run, as CSV,
// compressed and as Parquet. By GNU parallel where it is there, else by xargs.
func TestParallelWithAKilledJob(t *testing.T) {
	dir, run := inFolder(t)
	if err := os.WriteFile(filepath.Join(dir, "flaky"), []byte(flaky), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rows.csv", "rows.csv.gz", "rows.parquet"} {
		sample := []string{"sample", "--model", "model.safetensors", "--rows", "400", "--quiet", "--given", "job=self emp"}
		if out, err := run(nil, "tweedie", append(sample, "--nfe", "6", "--out", "whole-"+name)...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := os.RemoveAll(filepath.Join(dir, "killed")); err != nil {
			t.Fatal(err)
		}
		args := append([]string{batchScript(t, "parallel.sh"), name, "7", "./flaky"}, sample...)
		out, err := run([]string{"TWEEDIE_NFE=6"}, "bash", args...)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if code, _ := os.ReadFile(filepath.Join(dir, "killed", "code")); strings.TrimSpace(string(code)) != "137" || !strings.Contains(out, "part 3 of 7: exit code 137") {
			t.Fatalf("no job was killed (code %q): %s", code, out)
		}
		sameBytes(t, dir, name, "whole-"+name)
	}
	// Parts that are there are not done again; one that is lost is.
	if err := os.Remove(filepath.Join(dir, "rows.csv.parts", "5-rows.csv.shard.json")); err != nil {
		t.Fatal(err)
	}
	counting := "#!/usr/bin/env bash\necho \"$*\" >>calls\nexec tweedie \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "flaky"), []byte(counting), 0o777); err != nil {
		t.Fatal(err)
	}
	args := []string{batchScript(t, "parallel.sh"), "rows.csv", "7", "./flaky", "sample", "--model", "model.safetensors", "--rows", "400", "--quiet", "--given", "job=self emp"}
	if out, err := run([]string{"TWEEDIE_NFE=6"}, "bash", args...); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if calls, _ := os.ReadFile(filepath.Join(dir, "calls")); strings.Count(string(calls), "sample ") != 1 || !strings.Contains(string(calls), "--shard 5/7") {
		t.Errorf("calls %s", calls)
	}
	sameBytes(t, dir, "rows.csv", "whole-rows.csv")
	// A command that always fails ends with an error, and no file.
	if out, err := run([]string{"TRIES=1"}, "bash", batchScript(t, "parallel.sh"), "no.csv", "2", "tweedie", "sample", "--model", "absent", "--rows", "4"); err == nil {
		t.Errorf("a failure is none: %s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "no.csv")); err == nil {
		t.Error("a file of parts that failed is there")
	}
}

// Parts of check are folders: one fails, and is done again. What is merged is the numbers of one
// run, as JSON or with the page; parts that are there are not done again.
func TestParallelReports(t *testing.T) {
	dir, run := inFolder(t)
	failing := "#!/usr/bin/env bash\necho \"$*\" >>calls\ncase \"$*\" in *\"--shard 2/3\"*) mkdir failed 2>/dev/null && exit 7 ;; esac\nexec tweedie \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "flaky"), []byte(failing), 0o777); err != nil {
		t.Fatal(err)
	}
	check := []string{"check", "--model", "model.safetensors", "--given", "job", "--replicas", "20", "--draws", "9", "--nfe", "4", "--quiet"}
	said, err := run(nil, "tweedie", append(check, "--out", "whole")...)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, out := range []string{"report", "report.json", "report.json"} {
		args := append([]string{batchScript(t, "parallel.sh"), out, "3", "./flaky"}, check...)
		text, err := run(nil, "bash", args...)
		if err != nil || !strings.Contains(text, said) {
			t.Fatalf("%v: %s, want %s", err, text, said)
		}
		if failed := strings.Contains(text, "part 2 of 3: exit code 7"); failed != (out == "report") {
			t.Errorf("%s: a part failed: %v", out, failed)
		}
	}
	sameBytes(t, dir, "report/calibration.json", "whole/calibration.json")
	sameBytes(t, dir, "report.json", "whole/calibration.json")
	if _, err := os.Stat(filepath.Join(dir, "report", "check.html")); err != nil {
		t.Error(err)
	}
	if calls, _ := os.ReadFile(filepath.Join(dir, "calls")); strings.Count(string(calls), "check ") != 4+3 {
		t.Errorf("calls %s", calls)
	}
}

// The script of the Slurm array and the container of the Kubernetes job are run as their
// schedulers would, a task at a time.
func TestSchedulersFiles(t *testing.T) {
	dir, run := inFolder(t)
	kernel := "TWEEDIE_KERNEL=go"
	whole := []string{"sample", "--model", "model.safetensors", "--rows", "7000", "--seed", "1", "--quiet", "--out", "whole.csv"}
	fast := []string{kernel, "TWEEDIE_NFE=2", "TWEEDIE_QUIET=true"}
	if out, err := run(fast, "tweedie", whole...); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	merge := func(parts ...string) {
		if out, err := run(fast, "tweedie", append(append([]string{"merge"}, parts...), "--out", "rows.csv")...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		sameBytes(t, dir, "rows.csv", "whole.csv")
	}
	var parts []string
	for i := 1; i <= 7; i++ {
		id := strconv.Itoa(i)
		if out, err := run(append(fast, "SLURM_ARRAY_TASK_ID="+id, "SLURM_ARRAY_TASK_COUNT=1", "SLURM_CPUS_PER_TASK=1"), "bash", batchScript(t, "slurm.sh")); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		parts = append(parts, "part-"+id+".csv")
	}
	merge(parts...)

	command, env := container(t)
	parts = nil
	for i := range 7 {
		var args []string
		for _, a := range command[1:] {
			args = append(args, strings.NewReplacer("/data/", "", "$(JOB_COMPLETION_INDEX)", strconv.Itoa(i)).Replace(a))
		}
		if out, err := run(append(append(env, fast...), "JOB_COMPLETION_INDEX="+strconv.Itoa(i)), "tweedie", args...); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		parts = append(parts, "part-"+strconv.Itoa(i)+".csv")
	}
	merge(parts...)

	// Of seeds.sh two are trained, for a few steps, and sampled as one.
	for _, id := range []string{"1", "2"} {
		text, err := os.ReadFile(batchScript(t, "seeds.sh"))
		if err != nil {
			t.Fatal(err)
		}
		few := regexp.MustCompile(`--steps \d+`).ReplaceAllString(string(text), "--steps 20 --hidden 32 --layers 1")
		if out, err := run(append(fast[:1:1], "TWEEDIE_QUIET=true", "SLURM_ARRAY_TASK_ID="+id), "bash", "-c", few); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if out, err := run(fast, "tweedie", "sample", "--model", "model-1.safetensors", "--model", "model-2.safetensors", "--rows", "3"); err != nil || strings.Count(out, "\n") != 4 {
		t.Errorf("%v: %s", err, out)
	}
}

// container is the command and the environment of the one container of the Kubernetes job.
func container(t *testing.T) (command, env []string) {
	t.Helper()
	b, err := os.ReadFile(batch + "kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job struct {
		Kind string
		Spec struct {
			CompletionMode string `yaml:"completionMode"`
			Completions    int
			Template       struct {
				Spec struct {
					Containers []struct {
						Command []string
						Env     []struct{ Name, Value string }
					}
				}
			}
		}
	}
	if err := yamlfile.Unmarshal(b, &job, false); err != nil {
		t.Fatal(err)
	}
	c := job.Spec.Template.Spec.Containers
	if job.Kind != "Job" || job.Spec.CompletionMode != "Indexed" || job.Spec.Completions != 7 || len(c) != 1 {
		t.Fatalf("job %+v", job)
	}
	for _, e := range c[0].Env {
		env = append(env, e.Name+"="+e.Value)
	}
	return c[0].Command, env
}
