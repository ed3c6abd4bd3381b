module circuitbreaker

go 1.26
