module fanin

go 1.26
