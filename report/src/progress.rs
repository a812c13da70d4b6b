//! How far the program is.

use indicatif::{ProgressBar, ProgressStyle};

/// How much is done and how long it takes.
#[derive(Clone, Copy)]
pub struct Effort {
    /// For each measurement of time, about.
    pub seconds: f64,
    /// Whether samples are small, and arrays too: does it run at all?
    pub quick: bool,
}

/// A bar of so many seconds, about, over all parts.
pub struct Progress(ProgressBar);

/// The bar's unit is a millisecond.
const UNIT: f64 = 1000.0;

impl Progress {
    pub fn new(seconds: f64) -> Progress {
        let style = ProgressStyle::with_template("{wide_bar} {percent} % {msg}, {elapsed} so far, {eta} left");
        Progress(ProgressBar::new((seconds * UNIT) as u64).with_style(style.expect("the template is right")))
    }

    /// One that nobody sees.
    #[cfg(test)]
    pub fn hidden() -> Progress {
        Progress(ProgressBar::hidden())
    }

    /// Says what begins.
    pub fn begin(&self, what: impl ToString) {
        self.0.set_message(what.to_string());
    }

    /// So many seconds of those expected are over.
    pub fn advance(&self, seconds: f64) {
        self.0.inc((seconds * UNIT) as u64);
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
