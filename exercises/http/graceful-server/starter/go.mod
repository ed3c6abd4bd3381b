module gracefulserver

go 1.26
