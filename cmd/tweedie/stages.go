package main

// stages shows how far each stage of some work is.
func (a *app) stages() func(stage string, done, of int) {
	var p *progress
	now := ""
	return func(stage string, done, of int) {
		if stage != now {
			a.endStage()
			p, now = a.progress(stage, of), stage
		}
		p.set(done, "")
	}
}

// endStage ends the bar of a stage, if there is one.
func (a *app) endStage() {
	if a.bar != nil {
		a.bar.finish()
	}
}
