module idempotencykey

go 1.26
