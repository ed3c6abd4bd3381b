module deadlinebudget

go 1.26
