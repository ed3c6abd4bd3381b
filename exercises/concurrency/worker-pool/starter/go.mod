module workerpool

go 1.26
