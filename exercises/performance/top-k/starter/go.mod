module topk

go 1.26
