module alog.dev/alog/examples/together/service

go 1.21

require alog.dev/alog v0.0.0

replace alog.dev/alog => ../../../bindings/go
