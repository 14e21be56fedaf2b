package alog

// Forge makes a logger out of any number, for tests of handles that the library did not give.
func Forge(id uint64) *Logger { return &Logger{id: id} }
