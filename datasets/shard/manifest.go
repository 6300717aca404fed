package shard

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"tweedie/internal/atomicfile"
	"tweedie/internal/kernel"
)

// Manifest says which part of what a file is. It is a file of JSON beside it.
type Manifest struct {
	Format   int               `json:"format"` // 1
	Command  string            `json:"command"`
	Part     int               `json:"part"` // from 1
	Parts    int               `json:"parts"`
	First    int               `json:"first"` // index of the first row of the file in the whole
	Rows     int               `json:"rows"`
	Total    int               `json:"total"` // rows of the whole
	Seed     uint64            `json:"seed"`
	Kernels  string            `json:"kernels"`        // path: avx512, avx2, neon, go
	Arch     string            `json:"arch,omitempty"` // GOARCH; empty in manifests of before
	Version  string            `json:"version"`
	Inputs   map[string]string `json:"inputs"`           // SHA-256 of each file that was read, by the flag that named it
	Settings map[string]string `json:"settings"`         // flags that say what is written
	SHA256   string            `json:"sha256"`           // of the bytes of the file
	Result   json.RawMessage   `json:"result,omitempty"` // what the command says of the part beside its rows
}

// Ending is that of the name of a manifest.
const Ending = ".shard.json"

const currentFormat = 1

// arch is the architecture that wrote a part, or "" where a manifest of before does not tell.
func (m *Manifest) arch() string { return cmp.Or(m.Arch, kernel.Arch(m.Kernels)) }

// FileSetting is the setting of a command that writes several files, which says which of them
// one is.
const FileSetting = "file"

// Path is where the manifest of a file is.
func Path(file string) string { return file + Ending }

// Write writes the manifest of a file that is there, with its SHA-256. A file without a
// manifest is no part: one whose writing was cut short has none, or one that does not fit.
func (m Manifest) Write(file string) error {
	var err error
	if m.SHA256, err = Sum(file); err != nil {
		return err
	}
	m.Format = currentFormat
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(Path(file))
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(append(b, '\n')); err != nil {
		return err
	}
	return f.Commit()
}

// Read reads the manifest of a file, and checks that it is one of these bytes.
func Read(file string) (*Manifest, error) {
	b, err := os.ReadFile(Path(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no %s beside it, which a command with --shard --out FILE writes last: run that part again", file, Path(file))
	}
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: %w: run that part again", Path(file), err)
	}
	if m.Format != currentFormat {
		return nil, fmt.Errorf("%s: format %d, and this version reads %d: merge with the version that wrote it", Path(file), m.Format, currentFormat)
	}
	if m.Part < 1 || m.Part > m.Parts || m.Rows < 0 || m.First < 0 || m.Rows > m.Total-m.First {
		return nil, fmt.Errorf("%s: part %d of %d with rows %d to %d of %d: the file is damaged; run that part again", Path(file), m.Part, m.Parts, m.First, m.First+m.Rows, m.Total)
	}
	sum, err := Sum(file)
	if err != nil {
		return nil, err
	}
	if sum != m.SHA256 {
		return nil, fmt.Errorf("%s: its bytes are not those that %s tells of: run that part again", file, Path(file))
	}
	return m, nil
}

// Sum is the SHA-256 of a file, in hexadecimal digits.
func Sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// isManifest reports whether a name is that of a manifest, as part*.csv* gives them.
func isManifest(path string) bool { return strings.HasSuffix(path, Ending) }
