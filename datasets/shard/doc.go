// Package shard cuts work into parts that machines do without talking to each other, and
// puts the parts together again.
//
//	part, err := shard.Parse("3/7", os.Getenv)
//	first, n := part.Range(100000, 1)      // the rows of this part
//	… write rows first … first+n-1 to rows.3.csv …
//	err = shard.Manifest{Command: "sample", Part: part, …}.Write("rows.3.csv")
//
//	parts, err := shard.Open(paths)        // in any order; errs unless they make one whole
//	err = parts.Merge("rows.csv")          // the bytes of the one run
//
// Rows of this module are functions of the seed and of their index, so that a part is a
// slice of the whole, bit for bit. A part is a file as the one run would write it, with a
// header of its own, and has a manifest beside it, FILE.shard.json: which part of what it
// is, and the SHA-256 of its bytes. Open refuses parts of another model, table, query, seed,
// version or kernel path, parts that are missing, and parts that are there twice.
package shard
