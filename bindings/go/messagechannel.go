package alog

import "context"

// messageBuffer is how many messages the channel holds before its goroutine has handed them over; the
// queue of the logger is behind it.
const messageBuffer = 128

// messageChannel forwards a Go channel to the queue. Its goroutine starts with the first call of
// MessageChannel and ends when the channel is closed by those who send on it.
type messageChannel struct {
	in      chan string
	barrier chan chan<- struct{} // asks that everything sent so far be handed over, then answers
	done    chan struct{}
}

// MessageChannel returns a channel that logs at [LevelInfo] what is sent on it; it is the same channel
// at every call. The first call starts the goroutine that forwards.
//
// A send succeeds when the channel has room, and waits where the queue is full and the policy is
// [Block]. [Logger.Stop], [Logger.Flush] and [Logger.Close] include everything sent before their call.
// Who sends after Stop neither hangs nor panics: the message is received, and counted as rejected
// until Close.
//
// The channel belongs to those who send. They may close it when nobody will send any more, before or
// after Close of the logger: this, and nothing else, ends the goroutine.
func (l *Logger) MessageChannel() chan<- string {
	l.channels.Lock()
	defer l.channels.Unlock()
	if l.messages == nil {
		l.messages = &messageChannel{
			in:      make(chan string, messageBuffer),
			barrier: make(chan chan<- struct{}),
			done:    make(chan struct{}),
		}
		go l.messages.run(l)
	}
	return l.messages.in
}

func (c *messageChannel) run(l *Logger) {
	defer close(c.done)
	for {
		select {
		case msg, open := <-c.in:
			if !open {
				return
			}
			l.Info(msg)
		case answer := <-c.barrier:
			for n := len(c.in); n > 0; n-- {
				l.Info(<-c.in)
			}
			close(answer)
		}
	}
}

// messagesWaiting is how many messages were sent on the channel and not received by its goroutine.
func (l *Logger) messagesWaiting() int {
	l.channels.Lock()
	defer l.channels.Unlock()
	if l.messages == nil {
		return 0
	}
	return len(l.messages.in)
}

// handOver waits until everything sent on the message channel before the call was given to the queue.
// It returns what ended(ctx) does if that comes first.
func (l *Logger) handOver(ctx context.Context) error {
	l.channels.Lock()
	c := l.messages
	l.channels.Unlock()
	if c == nil {
		return nil
	}
	if err := ended(ctx); err != nil {
		return err
	}
	answer := make(chan struct{})
	select {
	case c.barrier <- answer:
	case <-c.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-answer:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
