# Uses docs/interop/tweedie.R as a reader would: Rscript dataframe_check.R DIR
source("docs/interop/tweedie.R")
dir <- commandArgs(TRUE)[1]
set.seed(1)
table <- data.frame(size = round(rnorm(200, 50, 10), 1), kind = sample(c("flat", "house"), 200, TRUE))
table$size[seq(1, 200, 5)] <- NA
model <- fit(table, file.path(dir, "r.safetensors"), steps = 20, hidden = 16, layers = 1, seed = 1)
rows <- draw(model, 30, seed = 2, given = "kind=flat")
full <- impute(model, table, seed = 3)
stopifnot(nrow(rows) == 30, all(rows$kind == "flat"), !anyNA(full$size), all(full$size == table$size, na.rm = TRUE))
theta <- data.frame(rate = rnorm(1000))
x <- data.frame(seen = theta$rate + rnorm(1000, 0, 0.5))
prior <- file.path(dir, "r_prior.yaml")
writeLines(c("prior:", "  - {name: rate, law: normal, mean: 0, sd: 1}"), prior)
posterior <- fit_posterior(theta, x, prior, file.path(dir, "r_posterior.safetensors"), steps = 20, hidden = 16, layers = 1, seed = 1)
draws <- infer(posterior, data.frame(seen = 1), rows = 1000)
stopifnot(nrow(draws) == 1000, abs(mean(draws$rate) - 0.8) < 0.15) # the posterior is N(.8, .2)
cat("dataframe: fit, draw, impute and infer in R\n")
