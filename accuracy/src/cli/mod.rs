//! What the program does.

pub mod compare;
pub mod markdown;
pub mod measure;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for so much work, with the time that is left.
pub fn bar(work: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent} % {msg}, {elapsed} so far, {eta} left");
    ProgressBar::new(work).with_style(style.expect("the template is right"))
}
