module fetchwithtimeout

go 1.26
