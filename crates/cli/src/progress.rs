//! A bar on the terminal while a card is read. Only where standard error is a terminal, only for files that are long enough
//! to wait for, and gone before anything else is shown or asked.

use std::time::{Duration, Instant};

use host_lib::{Options, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::Manner;

/// Nobody waits for what takes less.
const PATIENCE: Duration = Duration::from_millis(300);

/// The options with a bar, unless a program reads what is printed.
pub(crate) fn shown(options: Options, manner: Manner) -> Options {
    if manner.json {
        return options;
    }
    let mut bar = Bar::default();
    options.on_progress(move |progress| bar.step(progress, Instant::now()))
}

#[derive(Default)]
struct Bar {
    /// When the file that is being read was begun.
    begin: Option<Instant>,
    drawn: Option<ProgressBar>,
}

impl Bar {
    /// The bar is drawn while a file is under way, and wiped when the file is complete: the next thing may be a prompt.
    fn step(&mut self, progress: Progress, now: Instant) {
        if progress.done >= progress.total {
            self.begin = None;
            if let Some(bar) = self.drawn.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let begin = *self.begin.get_or_insert(now);
        if now.saturating_duration_since(begin) < PATIENCE {
            return;
        }
        self.drawn
            .get_or_insert_with(|| draw(progress))
            .set_position(length(progress.done));
    }
}

fn draw(progress: Progress) -> ProgressBar {
    let style = ProgressStyle::with_template("  {msg:18} {bar:30} {bytes:>10} / {total_bytes}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    // Draws nothing where standard error is no terminal.
    let target = ProgressDrawTarget::stderr_with_hz(15);
    ProgressBar::with_draw_target(Some(length(progress.total)), target)
        .with_style(style)
        .with_message(progress.file.to_string())
        // A card that leaves in the middle of a file takes the bar with it.
        .with_finish(ProgressFinish::AndClear)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
