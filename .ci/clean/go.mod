module tweedie

go 1.26
