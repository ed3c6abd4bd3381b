module lruttl

go 1.26
