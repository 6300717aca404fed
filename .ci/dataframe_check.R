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
cat("dataframe: fit, draw and impute in R\n")
