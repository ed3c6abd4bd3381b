module scaffold

go 1.26
