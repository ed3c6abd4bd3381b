module whatprints1

go 1.26
