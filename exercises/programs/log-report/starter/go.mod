module logreport

go 1.26
