module repository

go 1.26

require github.com/ncruces/go-sqlite3 v0.35.1

require (
	github.com/ncruces/go-sqlite3-wasm/v3 v3.1.35302 // indirect
	github.com/ncruces/julianday v1.0.0 // indirect
	golang.org/x/sys v0.46.0 // indirect
)
