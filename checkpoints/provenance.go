package checkpoints

// ProvenanceKey is the metadata key of a Provenance.
const ProvenanceKey = "provenance"

// Provenance says how a file came to be, completely enough to make it again
// bit for bit on the same kernel path. It has no clock, so that doing so gives
// the same file.
type Provenance struct {
	Version    string            `json:"version"`               // of the program that wrote the file
	Seed       uint64            `json:"seed"`                  // of every random stream
	Steps      int               `json:"steps"`                 // of training that went into the numbers
	KernelPath string            `json:"kernel_path"`           // "avx512", "avx2", "go": sets the rounding
	Config     map[string]string `json:"config,omitempty"`      // resolved settings by flag name
	Data       string            `json:"data,omitempty"`        // name of the data as given
	DataSHA256 string            `json:"data_sha256,omitempty"` // hexadecimal digest of the data file
}
