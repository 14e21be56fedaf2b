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

// MessageChannel returns a channel that logs at [LevelInfo] what is sent on it, as it is; it is the same
// channel at every call, and another one for each derived logger. The first call starts the goroutine that forwards.
//
// A send succeeds when the channel has room, and waits where the queue is full and the policy is
// [Block]. [Logger.Stop], [Logger.Flush] and [Logger.Close] include everything sent before their call.
// Who sends after Stop neither hangs nor panics: the message is received, and counted as rejected
// until Close.
//
// The channel belongs to those who send. They may close it when nobody will send any more, before or
// after Close of the logger: this, and nothing else, ends the goroutine.
func (l *Logger) MessageChannel() chan<- string {
	root := l.top()
	root.channels.Lock()
	defer root.channels.Unlock()
	if l.messages == nil {
		l.messages = &messageChannel{
			in:      make(chan string, messageBuffer),
			barrier: make(chan chan<- struct{}),
			done:    make(chan struct{}),
		}
		root.feeds = append(root.feeds, l.messages)
		go l.messages.run(l)
	}
	return l.messages.in
}

func (c *messageChannel) run(l *Logger) {
	defer l.top().endFeed(c)
	for {
		select {
		case msg, open := <-c.in:
			if !open {
				return
			}
			l.forward(msg)
		case answer := <-c.barrier:
			for n := len(c.in); n > 0; n-- {
				l.forward(<-c.in)
			}
			close(answer)
		}
	}
}

// forward logs what was sent. What is refused is counted.
func (l *Logger) forward(msg string) {
	_ = l.putMessage(LevelInfo, 0, byPolicy, msg)
}

// endFeed forgets a channel that its senders have closed.
func (l *Logger) endFeed(c *messageChannel) {
	close(c.done)
	l.channels.Lock()
	defer l.channels.Unlock()
	for i, feed := range l.feeds {
		if feed == c {
			l.feeds = append(l.feeds[:i:i], l.feeds[i+1:]...)
			return
		}
	}
}

// feedsNow gives the message channels of the root and of every derived logger.
func (l *Logger) feedsNow() []*messageChannel {
	root := l.top()
	root.channels.Lock()
	defer root.channels.Unlock()
	return append([]*messageChannel(nil), root.feeds...)
}

// messagesWaiting is how many messages were sent on the channels and not received by their goroutines.
func (l *Logger) messagesWaiting() int {
	waiting := 0
	for _, feed := range l.feedsNow() {
		waiting += len(feed.in)
	}
	return waiting
}

// handOver waits until everything sent on the message channels before the call was given to the queue.
// It returns what ended(ctx) does if that comes first.
func (l *Logger) handOver(ctx context.Context) error {
	for _, feed := range l.feedsNow() {
		if err := feed.handOver(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *messageChannel) handOver(ctx context.Context) error {
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
