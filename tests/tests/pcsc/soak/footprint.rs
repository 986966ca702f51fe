//! What a process takes up, and whether that grows without end.
//!
//! It is looked at when nobody does anything, many times over a run. The first third of the run is warming up
//! and says nothing; the rest is cut into four windows. The least of each window counts, so that what comes and
//! goes does not. It is a leak if the least grows from each window to the next, so that a single jump is none,
//! and altogether by more than is allowed.

use std::fs;
use std::time::Duration;

/// What may come together without being a leak, in KiB of memory: what an allocator keeps for threads of
/// which it has met more at once than before.
pub(crate) const MEMORY: f64 = 3072.0;
/// The same in descriptors or threads: one that is being closed while it is counted.
pub(crate) const PIECES: f64 = 2.0;

const WINDOWS: usize = 4;

/// Fewer looks than this are not judged: each window is to have two.
const FEWEST: usize = 12;

/// What a process takes up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// Anonymous resident memory in KiB. (The pages of program files come and go as the system likes.)
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: u64,
    /// Threads.
    pub(crate) threads: u64,
}

impl Footprint {
    /// Of a process that lives.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            memory: field("RssAnon:")?,
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64,
            threads: field("Threads:")?,
        })
    }

    /// The least of a few looks, since a thread that was told to end takes a moment.
    pub(crate) fn at_rest(pid: u32) -> Option<Self> {
        const LOOKS: usize = 4;
        const APART: Duration = Duration::from_millis(50);
        let mut least = Self::of(pid)?;
        for _ in 1..LOOKS {
            std::thread::sleep(APART);
            let now = Self::of(pid)?;
            least = Self {
                memory: least.memory.min(now.memory),
                descriptors: least.descriptors.min(now.descriptors),
                threads: least.threads.min(now.threads),
            };
        }
        Some(least)
    }
}

/// Whether `looks` grow by more than `allowance`; by how much, where they do.
pub(crate) fn growth(looks: &[f64], allowance: f64) -> Option<f64> {
    if looks.len() < FEWEST {
        return None;
    }
    let judged = &looks[looks.len() / 3..];
    let least = |part: &[f64]| part.iter().copied().fold(f64::INFINITY, f64::min);
    let windows = judged.rchunks_exact(judged.len() / WINDOWS).take(WINDOWS);
    let minima: Vec<f64> = windows.map(least).collect();
    // From the last to the first.
    let always = minima.is_sorted_by(|later, earlier| later > earlier);
    let more = minima[0] - minima[WINDOWS - 1];
    (always && more > allowance).then_some(more)
}

/// A process over the whole run.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    looks: Vec<Footprint>,
}

impl Trail {
    pub(crate) fn look(&mut self, pid: u32) {
        self.looks.extend(Footprint::at_rest(pid));
    }

    /// Each thing that grows, in words.
    pub(crate) fn leaks(&self) -> Vec<String> {
        let judged = [
            ("KiB of memory", MEMORY, self.figures(|look| look.memory)),
            ("descriptors", PIECES, self.figures(|look| look.descriptors)),
            ("threads", PIECES, self.figures(|look| look.threads)),
        ];
        let mut leaks = Vec::new();
        for (what, allowance, looks) in judged {
            if let Some(more) = growth(&looks, allowance) {
                leaks.push(format!("{more} {what} more, {allowance} are allowed"));
            }
        }
        leaks
    }

    fn figures(&self, of: impl Fn(&Footprint) -> u64) -> Vec<f64> {
        self.looks.iter().map(|look| of(look) as f64).collect()
    }
}

impl std::fmt::Display for Trail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let looks = self.looks.len();
        // After the warming up, in which a process becomes as large as it has to be.
        let (Some(first), Some(warm), Some(last)) = (
            self.looks.first(),
            self.looks.get(looks / 3),
            self.looks.last(),
        ) else {
            return f.write_str("never seen");
        };
        write!(
            f,
            "memory {} → {} → {} KiB, descriptors {} → {} → {}, threads {} → {} → {}, {looks} looks",
            first.memory,
            warm.memory,
            last.memory,
            first.descriptors,
            warm.descriptors,
            last.descriptors,
            first.threads,
            warm.threads,
            last.threads,
        )
    }
}
