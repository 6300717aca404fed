package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestMain doubles as the process that TestKilled kills.
func TestMain(m *testing.M) {
	if path := os.Getenv("ATOMICFILE_VICTIM"); path != "" {
		victim(path)
	}
	os.Exit(m.Run())
}

func victim(path string) {
	f, err := Create(path)
	if err == nil {
		_, err = f.Write(bytes.Repeat([]byte("half"), 1<<18))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("writing")
	io.Copy(io.Discard, os.Stdin) // until killed
}

func write(path, content string) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.WriteString(content); err != nil {
		return err
	}
	return f.Commit()
}

// holds checks that dir contains exactly the file name with that content.
func holds(dir, name, content string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) != 1 || entries[0].Name() != name {
		return fmt.Errorf("folder has %v, want only %q", entries, name)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if string(b) != content {
		return fmt.Errorf("%q has %.40q (%d bytes), want %q", name, b, len(b), content)
	}
	return nil
}

func TestCommitReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a b.txt")
	for _, content := range []string{"first, longer", "second", ""} {
		if err := write(path, content); err != nil {
			t.Fatal(err)
		}
		if err := holds(dir, "a b.txt", content); err != nil {
			t.Error(err)
		}
	}
}

func TestAbortKeepsOld(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := write(path, "old"); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(make([]byte, 1<<20))
	if err := holds(dir, "a", "old"); err == nil {
		t.Error("holds does not see the temporary file")
	}
	f.Abort()
	f.Abort()
	if err := holds(dir, "a", "old"); err != nil {
		t.Error(err)
	}
	if _, err := f.Write([]byte("x")); !errors.Is(err, errClosed) {
		t.Errorf("Write after Abort: %v", err)
	}
	if err := f.Commit(); !errors.Is(err, errClosed) {
		t.Errorf("Commit after Abort: %v", err)
	}
}

// A process killed in the middle leaves the old file, and the next writer
// cleans up after it.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	if err := write(path, "old"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ATOMICFILE_VICTIM="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "writing\n" {
		t.Fatalf("victim says %q, %v", line, err)
	}
	temps, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
	if len(temps) != 1 {
		t.Fatalf("victim has temporary files %q, want one", temps)
	}
	// While it lives, another writer gets a file of its own.
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if f.tmp == temps[0] {
		t.Error("two writers share a temporary file")
	}
	f.Abort()
	cmd.Process.Kill()
	cmd.Wait()

	if b, err := os.ReadFile(path); string(b) != "old" || err != nil {
		t.Errorf("after the kill the file has %.40q, %v", b, err)
	}
	if err := write(path, "new"); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		os.Remove(temps[0]) // no locks there: the left-over stays
	}
	if err := holds(dir, "model", "new"); err != nil {
		t.Error(err)
	}
}

// Writers of one target do not mix: one of them wins, whole.
func TestConcurrentWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if err := write(path, strings.Repeat(string(rune('a'+i)), 200000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b, err := os.ReadFile(path)
	if err != nil || len(b) != 200000 || strings.Trim(string(b), string(b[:1])) != "" {
		t.Errorf("file has %d bytes, %v; want 200000 equal ones", len(b), err)
	}
	if err := holds(dir, "a", string(b)); err != nil {
		t.Error(err)
	}
}

// diskFull accepts some bytes and then fails as a full disk does.
type diskFull struct{ left int }

func (d *diskFull) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return d.left, &fs.PathError{Op: "write", Path: "/some/.a.0.tmp", Err: errFull}
	}
	d.left -= len(p)
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	for _, size := range []int{100, 1 << 20} { // fails in Commit, fails in Write
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		if err := write(path, "old"); err != nil {
			t.Fatal(err)
		}
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		f.buf = bufio.NewWriter(&diskFull{50})
		f.Write(make([]byte, size))
		checkMessage(t, f.Commit(), errFull, path, "free some space")
		if err := holds(dir, "a", "old"); err != nil {
			t.Error(err)
		}
	}
}

func TestDevFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	checkMessage(t, write("/dev/full", "x"), errFull, "/dev/full", "free some space")
	if info, err := os.Stat("/dev/full"); err != nil || info.Mode().IsRegular() {
		t.Fatal("the device was replaced by a file")
	}
	if err := write(os.DevNull, "x"); err != nil {
		t.Error(err)
	}
}

func TestUnwritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := write(file, "x"); err != nil {
		t.Fatal(err)
	}
	checkMessage(t, write(dir, "x"), nil, dir, "is a directory")
	checkMessage(t, write(dir+string(filepath.Separator)+"new"+string(filepath.Separator), "x"), nil, "new", "names a folder")
	checkMessage(t, write("", "x"), nil, `""`, "empty")
	missing := filepath.Join(dir, "no", "file")
	checkMessage(t, write(missing, "x"), fs.ErrNotExist, missing, "create it first")
	if runtime.GOOS != "windows" {
		checkMessage(t, write(filepath.Join(file, "below"), "x"), syscall.ENOTDIR, "below", "is not a folder")
	}
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		return // permissions do not bind this user
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	checkMessage(t, write(filepath.Join(locked, "a"), "x"), fs.ErrPermission, "locked", "is not writable")
}

func checkMessage(t *testing.T, err, is error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one about %q", parts)
		return
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("%v: is not %v", err, is)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%v: does not mention %q", err, p)
		}
	}
	if strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("%q: wants one line without the temporary name", err)
	}
}

func TestFollowsLinkAndKeepsMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links and modes are a matter of Unix")
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	// A link in the place of the temporary file is not written through.
	bait := filepath.Join(dir, "bait")
	os.WriteFile(bait, []byte("bait"), 0o600)
	os.Symlink("bait", filepath.Join(dir, ".target.0.tmp"))
	if err := write(link, "new"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(target)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o640 {
		t.Errorf("target is %v, %v; want a file of mode 0640", info.Mode(), err)
	}
	for path, want := range map[string]string{target: "new", link: "new", bait: "bait"} {
		if b, err := os.ReadFile(path); string(b) != want {
			t.Errorf("%s has %q, %v; want %q", path, b, err, want)
		}
	}
}

// A link to a file that is not there yet is followed as well, through folders that are
// links; one in a circle is refused.
func TestFollowsDanglingLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links are a matter of Unix")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"deep", "deep/real"} {
		if err := os.Mkdir(at(name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{
		"folder": "deep/real", "o.csv": "second", "second": "folder/../o.csv", // that is deep/o.csv
		"a": "b", "b": "a", "lost": "none/x",
	} {
		if err := os.Symlink(to, at(link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, content := range []string{"new", "again"} {
		if err := write(at("o.csv"), content); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(at("deep/o.csv")); string(b) != content {
			t.Errorf("the target has %q, %v", b, err)
		}
	}
	checkMessage(t, write(at("a"), "x"), nil, "too many")
	checkMessage(t, write(at("lost"), "x"), fs.ErrNotExist, "lost", "create it first")
	for _, link := range []string{"o.csv", "second", "a", "b", "lost"} {
		if info, err := os.Lstat(at(link)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", link, err)
		}
	}
}

// A lock is held once, whatever name leads to the file, and is free after its end.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "m"), filepath.Join(dir, "link")
	if err := os.Symlink("m", other); err != nil {
		other = path
	}
	l, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(other); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	if err := write(path, "x"); err != nil {
		t.Errorf("its holder cannot write: %v", err)
	}
	l.Release()
	if err := holds(dir, "m", "x"); other == path && err != nil {
		t.Error(err)
	}
	if l, err = Acquire(other); err != nil {
		t.Fatal(err)
	}
	l.Release()
	(*Lock)(nil).Release()
	// What a killed process has left is taken over.
	if err := os.WriteFile(filepath.Join(dir, ".m.lock"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if l, err = Acquire(path); err != nil {
		t.Fatal(err)
	}
	l.Release()
	_, err = Acquire(filepath.Join(dir, "no", "m"))
	checkMessage(t, err, fs.ErrNotExist, "create it first")
}
