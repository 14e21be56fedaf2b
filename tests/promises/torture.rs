//! What takes minutes: the loops of other modules, longer. `make torture` runs them; `make test` does not. Each says its
//! seed; `ALOG_SEED` gives another one.

use crate::random::seed;
use crate::{child, crash, crowd, ends, forks, handles, injection, races, writes};

#[test]
#[ignore = "minutes; make torture"]
fn whatever_was_written_is_there_after_a_thousand_kills() {
    child::run(|directory| ends::kill_again_and_again(directory, 1000, seed(1009)));
}

#[test]
#[ignore = "minutes; make torture"]
fn a_thousand_kills_with_a_crash_dir_lose_nothing_and_double_nothing() {
    child::run(|directory| crash::kill_each(directory, 1000 / 7 + 1, seed(7)));
}

#[test]
#[ignore = "minutes; make torture"]
fn a_thousand_forks_under_load_hang_nowhere_and_repeat_nothing() {
    child::run(|directory| forks::fork_again_and_again(directory, 1000, seed(1013)));
}

#[test]
#[ignore = "minutes; make torture"]
fn four_hundred_thousand_calls_with_handles_of_every_kind_give_a_status() {
    child::run(|directory| handles::call_at_random(directory, 50_000, seed(1015)));
}

#[test]
#[ignore = "minutes; make torture"]
fn a_thousand_stops_amid_writers_flushers_and_pollers_lose_nothing() {
    child::run(|directory| races::stop_again_and_again(directory, 1000, seed(1016)));
}

#[test]
#[ignore = "minutes; make torture"]
fn under_load_every_nth_write_may_fail_for_every_n_up_to_a_hundred() {
    child::run_in(injection::writes, |directory| {
        writes::fail_every_nth_under_load(directory, 13..=100);
    });
}

#[test]
#[ignore = "minutes; make torture"]
fn a_hundred_thousand_threads_that_come_and_go_leave_no_memory_behind() {
    child::run(|directory| crowd::many_short_lived(directory, 100_000));
}
