module jwtauth

go 1.26
