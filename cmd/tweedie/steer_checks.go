package main

// steerCombination refuses what has no meaning together, with the reason.
func (o *sampleFlags) steerCombination(kind steerKind) error {
	method := o.steer.method
	if kind != byGuide && kind != byCloud && len(o.guide.where) > 0 {
		return badUsage("--method %s does not go with --where: use guided, or tds", method)
	}
	if kind == byGuide && o.steer.json != "" && len(o.guide.where) > 0 {
		return badUsage("--json does not go with --where, unless with --particles")
	}
	if kind == byMeasured || kind == byStrength || kind == byChain {
		for _, flag := range []string{"sampler", "corrector", "recurrence"} {
			if o.changed(flag) && !(kind == byChain && flag == "sampler") {
				return badUsage("--method %s has steps of its own: leave --%s away", method, flag)
			}
		}
	}
	if kind == byChain {
		for _, flag := range []string{"nfe", "grid", "start", "end", "temperature", "denoise"} {
			if o.changed(flag) {
				return badUsage("--%s is no option of --method %s: it has --iterations and --rho", flag, method)
			}
		}
	}
	switch kind {
	case byKnown, byChain:
		if !o.changed("sampler") { // noise forgets what was put in wrongly
			o.sampler = "dpmpp2m-sde"
		}
	case byStrength:
		if !(o.guide.cfg > 0 && o.guide.cfg <= 1) {
			return badUsage("--method cfgpp takes a --cfg above 0, of at most 1: the fraction of the way to what is given")
		}
	case byCloud:
		return o.cloudCombination()
	}
	return nil
}

// cloudCombination is that of particles.
func (o *sampleFlags) cloudCombination() error {
	switch {
	case o.shard != "":
		return badUsage("--particles draws its rows together: leave --shard away, and give each part a --seed of its own")
	case o.changed("where-by"):
		return badUsage("--where-by is for rows without --particles, which guide, weight and check them")
	case o.temperature != 1:
		return badUsage("--particles has no --temperature: its weights are for the noise as it is")
	case o.steer.method == "fkc" && o.denoise:
		return badUsage("--method fkc has no --denoise: its weights are those of noisy rows")
	case o.steer.method != "fkc" && o.guide.file == "" && o.guide.classifier == "" && len(o.guide.where) == 0:
		return badUsage("--particles weights rows by what is known of them: give --guide, --classifier or --where")
	case (o.steer.method == "mcgdiff" || o.steer.method == "fkc") && (o.guide.classifier != "" || len(o.guide.where) > 0):
		return badUsage("--method %s takes no --classifier and no --where: use tds", o.steer.method)
	case o.steer.method == "fkc" && (o.guide.cfgFrom != 0 || o.guide.cfgTo != 0):
		return badUsage("--method fkc samples one law, which --cfg-from and --cfg-to have none of: leave them away")
	}
	if !o.changed("sampler") { // the default has no noise, and so no weights
		o.sampler = "ddim"
		if !o.changed("eta") {
			o.eta = 1
		}
	}
	return nil
}
