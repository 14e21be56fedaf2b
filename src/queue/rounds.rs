//! Which rounds of a worker are still open, and which flushes wait for them.

use crate::sync::{Mutex, lock};
use std::collections::VecDeque;

/// The open rounds of one worker, in order.
pub struct Rounds(Mutex<List>);

struct List {
    /// The number of the first one in `open`.
    first: u64,
    /// Whether each is open.
    open: VecDeque<bool>,
    /// Tickets, each with the number of the first round that it does not wait for.
    tickets: VecDeque<(u64, u64)>,
}

impl Rounds {
    /// None.
    pub fn new() -> Self {
        Self(Mutex::new(List { first: 0, open: VecDeque::new(), tickets: VecDeque::new() }))
    }

    /// Opens one; gives its number.
    pub fn open(&self) -> u64 {
        let mut list = lock(&self.0);
        list.open.push_back(true);
        list.first + list.open.len() as u64 - 1
    }

    /// Closes one. What waited for it and for all before is reached.
    pub fn close(&self, number: u64, reached: impl FnMut(u64)) {
        let mut list = lock(&self.0);
        let place = (number - list.first) as usize;
        list.open[place] = false;
        while list.open.front() == Some(&false) {
            list.open.pop_front();
            list.first += 1;
        }
        list.tell(reached);
    }

    /// A ticket waits for every round that is open now; it may be reached at once.
    pub fn reach(&self, ticket: u64, reached: impl FnMut(u64)) {
        let mut list = lock(&self.0);
        let end = list.first + list.open.len() as u64;
        match list.tickets.back_mut() {
            Some((last, later)) if *last == end => *later = ticket, // which is reached with it
            _ => list.tickets.push_back((end, ticket)),
        }
        list.tell(reached);
    }
}

impl List {
    fn tell(&mut self, mut reached: impl FnMut(u64)) {
        while self.tickets.front().is_some_and(|&(end, _)| end <= self.first) {
            self.tickets.pop_front().into_iter().for_each(|(_, ticket)| reached(ticket));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_reached_when_every_round_before_it_is_closed() {
        let rounds = Rounds::new();
        let mut reached = Vec::new();
        rounds.reach(1, |ticket| reached.push(ticket));
        assert_eq!(reached, [1]);
        let (one, two) = (rounds.open(), rounds.open());
        rounds.reach(2, |ticket| reached.push(ticket));
        let three = rounds.open();
        rounds.close(two, |ticket| reached.push(ticket));
        rounds.close(three, |ticket| reached.push(ticket));
        assert_eq!(reached, [1]);
        rounds.close(one, |ticket| reached.push(ticket));
        assert_eq!(reached, [1, 2]);
    }

    #[test]
    fn tickets_that_wait_for_the_same_take_no_room() {
        let rounds = Rounds::new();
        let one = rounds.open();
        (1..=9).for_each(|ticket| rounds.reach(ticket, |_| panic!()));
        assert_eq!(lock(&rounds.0).tickets.len(), 1);
        let mut reached = Vec::new();
        rounds.close(one, |ticket| reached.push(ticket));
        assert_eq!(reached, [9]);
    }
}
