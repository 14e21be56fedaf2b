module alog.dev/alog/tests/bench/peers

go 1.21

require (
	alog.dev/alog/tests/bench v0.0.0
	github.com/phuslu/log v1.0.121
	github.com/rs/zerolog v1.34.0
	go.uber.org/zap v1.28.0
)

require (
	github.com/mattn/go-colorable v0.1.13 // indirect
	github.com/mattn/go-isatty v0.0.19 // indirect
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/sys v0.12.0 // indirect
)

replace alog.dev/alog/tests/bench => ../../go

replace alog.dev/alog => ../../../../bindings/go
