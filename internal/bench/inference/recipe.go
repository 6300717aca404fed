package inference

// recipe trains with package train/sbi, and nothing chosen by task but the exchangeable
// structure that a case names.
func recipe(workers int) Fit { return nil }
