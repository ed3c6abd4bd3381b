module middleware

go 1.26
