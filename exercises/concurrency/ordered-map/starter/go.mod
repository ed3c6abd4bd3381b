module orderedmap

go 1.26
