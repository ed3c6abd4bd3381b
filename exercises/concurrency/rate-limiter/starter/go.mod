module ratelimiter

go 1.26
