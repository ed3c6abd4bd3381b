module singleflight

go 1.26
