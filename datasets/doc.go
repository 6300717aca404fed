// Package datasets reads tables, encodes them for a model, and writes what the
// model generates as a table of the same form.
//
// # Mixed tables
//
// Any CSV or Parquet file whose columns are numbers, categories, dates and
// identifiers, with missing cells anywhere:
//
//	src, err := datasets.OpenTable("adult.csv")
//	m, err := datasets.Infer(src, nil)     // types, ranges, levels: print m.Summary, edit, pass back
//	c, err := datasets.ReadCells(src, m)   // compact cells
//	e, err := datasets.Fit(c, nil)         // atoms and maps; e.Metadata() belongs in the model file
//	e.Encode(x, c, batch, seed)            // rows of e.Blocks()
//	...
//	err = e.Decode(cells, x, datasets.Decoding{Seed: seed, FirstRow: row})
//	w := datasets.NewCSVCells(out, e.Metadata(), row) // or NewParquetCells
//	err = w.Write(cells)                   // any number of times
//
// Infer reads the file once and keeps counts, ReadCells reads it again and
// keeps 1 to 8 bytes per cell, CellStream reads in blocks, and writers hold one
// block: the size of a file is bounded by the disk.
//
// A cell is missing when it is empty or, in any case, NA, N/A, #N/A, <NA>, NaN,
// null or ?, unless InferOptions.Missing or the metadata has another list. It
// is written as an empty cell, or null.
//
// Each column becomes blocks of an encoded row (see Codec): numbers and dates
// a dequantized empirical quantile, about standard normal; categories one
// position per level, 1 or 0, and where there are very many the rarer ones by
// clusters of levels that are alike, and their members (see Clustering); missing cells
// and atoms, the values that an otherwise continuous column often takes, levels of
// their own. For imputation Codec.Observed says which positions of a row are
// known, Decoding.NoMissing keeps missing cells from being generated, and
// Cells.Fill puts the result where cells were missing.
//
// What comes back is what went in: integers, decimals, dates and levels of
// rows that were seen, exactly, apart from grouped levels and from numbers of
// more than twelve digits, which may change in the last. What is generated has the
// form of what was seen: see Digits, Style, Grid and DateFormats. Nothing is dropped in
// silence: Warnings names every column that is not modeled as it stands.
//
// # Conditions
//
// A column of levels or numbers can be taken out of the encoded rows and be a condition,
// which a model is given and never generates: Metadata.SetConditions, and
// Codec.EncodeConditions for the indices of its levels, or its numbers. Single cells, as a user
// types them, are encoded by Codec.EncodeCell.
//
// # Errors
//
// What is wrong with an input is an *Error: one line that says where, what was
// found and what to do. Rows are numbered as an editor numbers lines; the first
// row of a Parquet file is 2, as if it had a header.
//
// Sub-packages: toy has the laws in the plane with known entropy that
// generative models are tried on, metrics compares samples with data.
package datasets
