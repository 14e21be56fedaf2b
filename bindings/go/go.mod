module alog.dev/alog

go 1.21
