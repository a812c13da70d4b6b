//! What can go wrong, as sentences for the user.

use std::fmt;
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub enum Error {
    /// The data file cannot be opened, or read to its end.
    Read { path: PathBuf, error: io::Error },
    /// A line of the data file is no image.
    Line { path: PathBuf, line: u64, problem: Problem },
    /// Too few lines in the data file.
    TooFew { path: PathBuf, found: usize, needed: usize },
    /// The loss is no longer a number.
    Diverged { net: String, epoch: usize },
    /// A picture cannot be drawn.
    Draw(String),
    /// A picture, or its folder, cannot be written.
    Write { path: PathBuf, error: io::Error },
    /// Standard output is gone.
    Print(io::Error),
    /// A kernel was called with shapes that do not fit.
    Kernel(simdact::Error),
}

/// What is wrong with a line.
#[derive(Debug)]
pub enum Problem {
    Columns { found: usize, expected: usize },
    NotANumber { column: usize, text: String },
    Pixel { column: usize, value: u16 },
    Label { value: usize },
    Unreadable(csv::Error),
    Gzip(csv::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Read { path, error } => write!(f, "cannot read {}: {error}", path.display()),
            Error::Line { path, line, problem } => write!(f, "{}, line {line}: {problem}", path.display()),
            Error::TooFew { path, found: 0, .. } => write!(f, "{} has no images", path.display()),
            Error::TooFew { path, found, needed } => {
                write!(
                    f,
                    "{} has only {found} images: a fifth is held out, so at least {needed} are needed",
                    path.display()
                )
            }
            Error::Diverged { net, epoch } => {
                write!(f, "{net}: the loss is not a number after epoch {epoch}; try a smaller --learning-rate")
            }
            Error::Draw(problem) => write!(f, "cannot draw: {problem}"),
            Error::Write { path, error } => write!(f, "cannot write {}: {error}", path.display()),
            Error::Print(error) => write!(f, "cannot print: {error}"),
            Error::Kernel(error) => write!(f, "{error}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Columns { found, expected } => {
                write!(f, "an image has {expected} columns, the pixels and the digit; this line has {found}")
            }
            Problem::NotANumber { column, text } => {
                write!(f, "column {column} holds {text:?} where a pixel 0–16 or a digit 0–9 belongs")
            }
            Problem::Pixel { column, value } => write!(f, "column {column}: pixel {value} is out of range 0–16"),
            Problem::Label { value } => write!(f, "the digit is {value}, out of range 0–9"),
            Problem::Unreadable(error) => write!(f, "the file cannot be read further: {error}"),
            Problem::Gzip(error) => write!(f, "the gzip stream is cut short or damaged: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<simdact::Error> for Error {
    fn from(error: simdact::Error) -> Error {
        Error::Kernel(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::Print(error)
    }
}
