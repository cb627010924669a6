//! Time that a busy machine leaves alone, and a core of our own.

use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// The processors that this process was given.
pub struct Processors {
    given: CpuSet,
    first: usize,
}

impl Processors {
    /// Pins this thread to the last processor that it may use: the first one often serves interrupts.
    pub fn pin() -> Self {
        let given = sched_getaffinity(None).expect("the processors of this thread can be asked");
        let first = (0..CpuSet::MAX_CPU)
            .rev()
            .find(|cpu| given.is_set(*cpu))
            .expect("a thread runs somewhere");
        let processors = Self { given, first };
        processors.one();
        processors
    }

    /// Which processor this is.
    pub fn number(&self) -> usize {
        self.first
    }

    /// How many processors there are.
    pub fn count(&self) -> u32 {
        self.given.count()
    }

    /// Back to the one processor.
    pub fn one(&self) {
        let mut set = CpuSet::new();
        set.set(self.first);
        sched_setaffinity(None, &set).expect("a thread may stay on a processor that it has");
    }

    /// Lets this thread, and those that it starts, use every processor.
    pub fn all(&self) {
        sched_setaffinity(None, &self.given).expect("a thread may have back what it had");
    }
}

/// How the time of a slot is taken.
#[derive(Clone, Copy)]
pub enum Clock {
    /// What this thread has had of its processor: other programs do not count.
    Thread,
    /// What has gone by, for work on several threads.
    Wall,
}

impl Clock {
    /// The time that `work` takes.
    pub fn time(self, work: impl FnOnce()) -> Duration {
        match self {
            Self::Thread => {
                let start = thread_time();
                work();
                thread_time().saturating_sub(start)
            }
            Self::Wall => {
                let start = Instant::now();
                work();
                start.elapsed()
            }
        }
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("a thread has run for no negative time");
    let nanoseconds = u32::try_from(time.tv_nsec).expect("a second has 10⁹ nanoseconds");
    Duration::new(seconds, nanoseconds)
}
