//! What alog promises, proven through its Rust API. A test's name is the sentence that it proves.
//!
//! | module | what it proves |
//! |---|---|
//! | `record` | fields, templates and macros, from the call to the line |
//! | `hooks` | what hooks see and add, and what becomes of those that fail |
//! | `children` | derived loggers: what they have of their parent, and who outlives whom |
//! | `levels` | sets of levels, and how they change while the logger runs |
//! | `load` | configurations from files and from the environment |
//! | `names` | names of loggers and threads, places in the program |
//! | `adapters` | alog behind the facades of Rust (needs the features `log` and `tracing`) |
//! | `order` | records come whole, and in the order of the calls |
//! | `schedulers` | several workers: who writes what, and in which order |
//! | `callers` | loggers without a thread of their own, and hand-over |
//! | `running` | a thread of the program that writes: run and drain |
//! | `overflow` | what a full queue does, by policy |
//! | `policies` | policies that drop what is old, grow, differ by level, or change |
//! | `lifecycle` | flush and stop, their deadlines, and what ends with them |
//! | `states` | what each call gives in each state of a handle |
//! | `errors` | polling: folding, capacity, what an error tells |
//! | `stats` | every message is somewhere, at any moment |
//! | `sinks` | several destinations, good and bad |
//! | `couriers` | sinks with threads of their own |
//! | `reload` | a running logger goes on with another configuration |
//! | `succession` | what a sink has of the one whose place it takes |
//! | `net_stream`, `net_datagram`, `net_daemon`, `net_journal` | destinations behind sockets |
//! | `net_faults` | peers that are down, slow, flapping or gone |
//! | `follow` | the files that a logger was made from, read again when they change |
//! | `otlp` | what reaches an OpenTelemetry collector (needs the feature `otlp`) |
//! | `suppress` | limits and repetitions: what is kept back is counted and told |
//! | `redact` | values that no line shows |
//! | `backtrace` | what stands in front of an error |
//! | `memory` | lines that the program reads |
//! | `pull` | lines that the program takes by itself |
//! | `callbacks` | whatever a function of the program does, wherever it is called |
//! | `bytes` | hostile bytes in every format, in numbers |
//! | `reentry` | a destination that calls back into the logger |
//! | `files` | how a log file is opened, and what is not opened |
//! | `rotation` | when a new file is begun, and what becomes of the old ones |
//! | `hostile` | what others do to a log file and its directory |
//! | `sharing` | several processes at one file |
//! | `compress` | rotated files that are compressed |
//! | `durable` | what survives the loss of power, and what stays free for others |
//! | `full` | files and pipes that take no more |
//! | `pipes` | readers that die or stall |
//! | `stalls` | disks that take nothing for a while |
//! | `disk` | disks that are full, for ever or for a while |
//! | `writes` | files whose writes fail or fall short |
//! | `restore` | a message can be restored from its line |
//! | `corpus`, `records` | the cases that every language runs alike |
//! | `threads` | what the threads of the library are, and what they leave behind |
//! | `fatal` | the last words of a program: FATAL, panics |
//! | `exit` | a program that ends without a stop |
//! | `ends` | a program that is killed, or ends by a fault of its own |
//! | `fork` | parent and child |
//! | `crash`, `crash_faults`, `crash_refusals` | queues that outlive their process |
//! | `forks` | the same under load, in numbers |
//! | `handles` | handles of every kind, from eight threads at once |
//! | `races` | a stop against everything else |
//! | `crowd` | very many threads |
//! | `torture` | the same for minutes (`make torture`) |
//! | `faults` | panics in the worker (needs the feature `fault-injection`) |
//!
//! `setup`, `figures`, `net`, `doubles`, `child`, `injection`, `shim`, `http`, `tasks`, `random`, `raw` and `sys` are what they
//! stand on.

mod child;
mod doubles;
mod figures;
#[cfg(feature = "otlp")]
mod http;
mod injection;
mod net;
mod random;
mod raw;
mod setup;
mod shim;
mod sys;
mod tasks;

mod adapters;
mod backtrace;
mod bytes;
mod callbacks;
mod callers;
mod children;
mod come_and_go;
mod compress;
mod corpus;
mod couriers;
mod crash;
mod crash_faults;
mod crash_left;
mod crash_refusals;
mod crowd;
mod disk;
mod durable;
mod ends;
mod errors;
mod exit;
mod fatal;
mod faults;
mod files;
mod follow;
mod fork;
mod forks;
mod full;
mod handles;
mod hooks;
mod hostile;
mod levels;
mod lifecycle;
mod load;
mod memory;
mod names;
mod net_daemon;
mod net_datagram;
mod net_faults;
mod net_journal;
mod net_stream;
mod order;
#[cfg(feature = "otlp")]
mod otlp;
mod overflow;
mod pipes;
mod policies;
mod pull;
mod races;
mod record;
mod records;
mod redact;
mod reentry;
mod reload;
mod requests;
mod restore;
mod rotation;
mod running;
mod schedulers;
mod sharing;
mod sinks;
mod stalls;
mod states;
mod stats;
mod succession;
mod suppress;
mod threads;
mod torture;
mod writes;
