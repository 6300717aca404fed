// Package quickstart tells the whole story of a model on data whose law is known: what it has
// learned, how guides bend it beside the exact posterior, whether the check finds out that they
// are wrong, and a page of all that.
//
//	d := &quickstart.Demo{Law: law, Model: model, Reports: reports, Folder: "demo"}
//	err := d.Sample(ctx)   // rows, into samples.csv
//	err = d.Measure(ctx)   // densities and distances, beside those of the law
//	err = d.Guide(ctx)     // an observation, and guided rows beside exact draws
//	err = d.Check(ctx)     // the guides, without the exact posterior
//	err = d.Write(footer)  // figures and report.html
//
// The model is of a law of toy, trained by whoever calls. Each step needs those before it.
package quickstart
