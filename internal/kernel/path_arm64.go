package kernel

// paths lists what this machine can run, best first: every arm64 has NEON.
func paths() []path { return []path{pathNEON, pathGo} }
