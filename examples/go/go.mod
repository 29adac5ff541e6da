module example.org/cancel

go 1.19
