module lostupdate

go 1.26
