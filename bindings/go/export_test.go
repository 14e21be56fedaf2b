package alog

// Forge makes a logger out of any number, for tests of handles that the library did not give.
func Forge(id uint64) *Logger { return &Logger{id: id} }

// Lend is With where the library has refused.
func Lend(l *Logger, args ...any) *Logger { return l.lend(appendArgs(nil, args)) }
