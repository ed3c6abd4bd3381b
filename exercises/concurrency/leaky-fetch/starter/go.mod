module leakyfetch

go 1.26
