module mergesorted

go 1.26
