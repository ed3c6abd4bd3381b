module safego

go 1.26
