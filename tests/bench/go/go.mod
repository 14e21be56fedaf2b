module alog.dev/alog/tests/bench

go 1.21

require alog.dev/alog v0.0.0

replace alog.dev/alog => ../../../bindings/go
