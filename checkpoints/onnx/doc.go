// Package onnx writes computations as ONNX files (opset 17), which Python, JavaScript,
// Spark and GPUs run without us.
//
//		g := onnx.New(onnx.Float)
//		x := g.Input("x", onnx.Dim{Name: "N"}, onnx.Dim{Size: 2})
//		y := g.Op("Mul", g.Op("Sigmoid", x), x)
//		g.Output("y", y, onnx.Dim{Name: "N"}, onnx.Dim{Size: 2})
//		err := g.Model().Save("silu.onnx")
//
//	  - Model (model.go) is the file: nodes in the order in which they are computed,
//	    constants, inputs, outputs, text. encode.go writes it as protocol buffers, decode.go
//	    reads it; equal models give equal bytes.
//	  - Graph (graph.go) builds one, node by node.
//	  - Run (run.go, ops.go) is a small interpreter of the operators that this module writes,
//	    so that a graph is checked where it is made. It is for checks and not for speed.
//	  - Examples (examples.go) are inputs and what a model makes of them, to check a graph, or
//	    another runtime, by.
//
// The graphs of networks are built in package nn, those of samplers and tables in
// train/tabular.
package onnx
