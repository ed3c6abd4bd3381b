module userscrud

go 1.26
