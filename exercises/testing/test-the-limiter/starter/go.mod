module limiter

go 1.26
