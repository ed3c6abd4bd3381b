module priorityqueue

go 1.26
