module retrybackoff

go 1.26
