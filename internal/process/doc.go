// Package process asks a program for numbers: rows of text go to its standard input, and
// it answers each row by one line of numbers on its standard output.
//
// # Protocol
//
// The program is started once and serves all the rows of a run. It is sent a header line
// first, which it does not answer, and then one line a row. It answers line for line and
// in order: m numbers, separated by commas, semicolons, spaces or tabs. It has to flush
// its output, for the next rows may come only after the answers to those before. Nothing
// marks where a batch ends: the program need not know. When its input ends it has to exit.
//
// The program must be a function of its row: the same row has the same answer, whatever
// came before. Rows are sent by one caller at a time, in the order of the batch, but the
// order of batches depends on the number of workers.
//
// Batch is for programs that need not be asked line by line: one process gets a header and
// the rows of a batch, its input ends, and it writes lines until it ends itself.
package process
