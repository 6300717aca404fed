# Uses docs/interop/tweedie.R as a reader would: Rscript dataframe_check.R DIR
source("docs/interop/tweedie.R")
dir <- commandArgs(TRUE)[1]
set.seed(1)
# Names that R would mend, a level that R would take for a gap, a factor, dates, gaps.
table <- data.frame(
  `size (m2)` = round(rnorm(200, 50, 10), 1), kind = factor(sample(c("flat", "house"), 200, TRUE)),
  land = sample(c("NA", "ZA"), 200, TRUE), built = as.Date("2001-02-03") + sample(9000, 200, TRUE), check.names = FALSE)
table[[1]][seq(1, 200, 5)] <- NA
model <- fit(table, file.path(dir, "r.safetensors"), steps = 20, hidden = 16, layers = 1, seed = 1)
rows <- draw(model, 30, seed = 2, given = c("kind=flat", "land=NA"))
stopifnot(identical(names(rows), names(table)), nrow(rows) == 30, all(rows$kind == "flat"), all(rows$land == "NA"), !anyNA(as.Date(rows$built)))
full <- impute(model, table, seed = 3)
stopifnot(identical(names(full), names(table)), !anyNA(full), all(full[[1]] == table[[1]], na.rm = TRUE), all(full$built == format(table$built)))
theta <- data.frame(rate = rnorm(1000))
x <- data.frame(seen = theta$rate + rnorm(1000, 0, 0.5))
prior <- file.path(dir, "r_prior.yaml")
writeLines(c("prior:", "  - {name: rate, law: normal, mean: 0, sd: 1}"), prior)
posterior <- fit_posterior(theta, x, prior, file.path(dir, "r_posterior.safetensors"), steps = 20, hidden = 16, layers = 1, seed = 1)
draws <- infer(posterior, data.frame(seen = 1), rows = 1000)
stopifnot(nrow(draws) == 1000, abs(mean(draws$rate) - 0.8) < 0.15) # the posterior is N(.8, .2)
stopifnot(inherits(try(draw("none", 1), silent = TRUE), "try-error"))
cat("dataframe: fit, draw, impute and infer in R\n")
