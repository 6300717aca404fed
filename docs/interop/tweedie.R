# tweedie on data frames, through CSV files: source("tweedie.R"). The program must be in the PATH.
tweedie <- function(command, ...) {
  flags <- list(...)
  args <- unlist(Map(function(name, value) paste0("--", gsub("_", "-", name), "=", shQuote(value)), names(flags), flags))
  if (system2(Sys.getenv("TWEEDIE", "tweedie"), c(command, args, "--quiet")) != 0) stop("tweedie ", command, " failed")
}
keep <- function(table) { f <- tempfile(fileext = ".csv"); write.csv(table, f, row.names = FALSE, na = ""); f }
read <- function(command, ...) { f <- tempfile(fileext = ".csv"); tweedie(command, ..., out = f); read.csv(f, check.names = FALSE, na.strings = "", encoding = "UTF-8") }
fit <- function(table, model, ...) { tweedie("train", data = keep(table), out = model, default_missing = FALSE, ...); model }
fit_posterior <- function(theta, x, prior, model, ...) { tweedie("train", theta = keep(theta), x = keep(x), prior = prior, out = model, ...); model }
draw <- function(model, rows = 1000, ...) read("sample", model = model, rows = rows, ...)
impute <- function(model, table, ...) read("impute", model = model, `in` = keep(table), ...)
infer <- function(model, observation, ...) read("infer", model = model, observation = keep(observation), ...)
