module pubsub

go 1.26
