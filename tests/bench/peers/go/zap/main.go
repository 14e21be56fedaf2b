// Measures zap: JSON, its fast encoding, into a file and into its own BufferedWriteSyncer with its default buffer.
package main

import (
	"alog.dev/alog/tests/bench/calls"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func main() {
	batches, directory := calls.Arguments()
	file, remove := calls.Open(directory, "zap.log")
	bufferedFile, removeBuffered := calls.Open(directory, "zap-buffered.log")
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	encoder := zapcore.NewJSONEncoder(config)
	buffer := &zapcore.BufferedWriteSyncer{WS: bufferedFile}
	direct := zap.New(zapcore.NewCore(encoder, zapcore.Lock(file), zapcore.InfoLevel))
	buffered := zap.New(zapcore.NewCore(encoder, buffer, zapcore.InfoLevel))

	calls.Run(batches, []*calls.Subject{
		{Name: "file", Log: func(int) { direct.Info(calls.Message) }},
		{Name: "buffered", Log: func(int) { buffered.Info(calls.Message) }, Flush: buffer.Sync},
		{Name: "buffered_fields", Flush: buffer.Sync, Log: func(i int) {
			buffered.Info(calls.FieldsMessage, zap.Int("order", i), zap.String("customer", calls.Customer))
		}},
		{Name: "disabled", Log: func(int) { direct.Debug(calls.Message) }},
	})
	calls.Require(buffer.Stop())
	remove()
	removeBuffered()
}
