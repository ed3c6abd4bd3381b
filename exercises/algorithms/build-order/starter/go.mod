module buildorder

go 1.26
