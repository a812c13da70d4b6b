//! The images: read from a file, and split into those to learn from and those held out.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, Terminator, Trim};
use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Problem};
use crate::matrix::Matrix;
use crate::random::{Random, Stream};

/// 8 × 8.
pub const PIXELS: usize = 64;
pub const DIGITS: usize = 10;

/// The largest value of a pixel in the file.
const WHITE: u16 = 16;
/// One image of so many is held out.
const HOLD_OUT: usize = 5;

/// Images, one a row, and what they show.
pub struct Images {
    pub pixels: Matrix,
    pub labels: Vec<usize>,
}

/// The images to learn from, and those that measure what was learnt.
pub struct Split {
    pub train: Images,
    pub held_out: Images,
}

impl Images {
    /// Reads lines of 64 pixels and a digit, separated by commas; gzip is recognised by its first bytes.
    pub fn read(path: &Path) -> Result<Images, Error> {
        let unreadable = |error| Error::Read { path: path.into(), error };
        let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
        let images = match file.fill_buf().map_err(unreadable)? {
            [0x1f, 0x8b, ..] => Images::parse(MultiGzDecoder::new(file), Problem::Gzip),
            _ => Images::parse(file, Problem::Unreadable),
        };
        let images = images.map_err(|(line, problem)| Error::Line { path: path.into(), line, problem })?;
        match images.labels.len() {
            found if found < HOLD_OUT => Err(Error::TooFew { path: path.into(), found, needed: HOLD_OUT }),
            _ => Ok(images),
        }
    }

    /// Empty lines are skipped. An error comes with the number of its line; if the text ends early, `broken` says why.
    fn parse(text: impl Read, broken: fn(csv::Error) -> Problem) -> Result<Images, (u64, Problem)> {
        // Every line ends with a line feed then: the reader has just begun the next line when it gives a record out.
        // (The position of a record itself is that of empty lines before it.)
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .quoting(false)
            .terminator(Terminator::Any(b'\n'))
            .trim(Trim::All)
            .from_reader(text.chain(&b"\n"[..]));
        let (mut pixels, mut labels, mut record) = (Vec::new(), Vec::new(), ByteRecord::new());
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => return Ok(Images { pixels: Matrix::from_elements(PIXELS, pixels), labels }),
                // An empty line with a carriage return.
                Ok(true) if record.len() == 1 && record[0].is_empty() => {}
                Ok(true) => {
                    let line = reader.position().line() - 1;
                    labels.push(image(&record, &mut pixels).map_err(|problem| (line, problem))?);
                }
                Err(error) => return Err((reader.position().line(), broken(error))),
            }
        }
    }

    /// The images of these numbers, in this order.
    pub fn pick(&self, numbers: &[usize]) -> Images {
        Images {
            pixels: self.pixels.pick(numbers),
            labels: numbers.iter().map(|&number| self.labels[number]).collect(),
        }
    }

    /// Holds out a fifth of the images, by lot.
    pub fn split(&self, seed: u64) -> Split {
        let mut numbers: Vec<usize> = (0..self.labels.len()).collect();
        Random::new(seed, Stream::HoldOut).shuffle(&mut numbers);
        let (held_out, train) = numbers.split_at(numbers.len() / HOLD_OUT);
        Split { train: self.pick(train), held_out: self.pick(held_out) }
    }
}

impl Split {
    /// The same images, asked about otherwise.
    pub fn relabel(&self, label: impl Fn(usize) -> usize) -> Split {
        let relabel = |images: &Images| Images {
            pixels: images.pixels.clone(),
            labels: images.labels.iter().copied().map(&label).collect(),
        };
        Split { train: relabel(&self.train), held_out: relabel(&self.held_out) }
    }
}

/// Appends the pixels of one line, between 0 and 1, and gives out the digit.
fn image(record: &ByteRecord, pixels: &mut Vec<f32>) -> Result<usize, Problem> {
    if record.len() != PIXELS + 1 {
        return Err(Problem::Columns { found: record.len(), expected: PIXELS + 1 });
    }
    let mut label = 0;
    for (column, text) in (1..).zip(record) {
        let text = String::from_utf8_lossy(text);
        let value = text.parse().map_err(|_| Problem::NotANumber { column, text: text.into() })?;
        match value {
            0..=WHITE if column <= PIXELS => pixels.push(f32::from(value) / f32::from(WHITE)),
            _ if column <= PIXELS => return Err(Problem::Pixel { column, value }),
            _ => label = usize::from(value),
        }
    }
    if label < DIGITS { Ok(label) } else { Err(Problem::Label { value: label }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Images, (u64, String)> {
        Images::parse(text.as_bytes(), Problem::Unreadable).map_err(|(line, problem)| (line, problem.to_string()))
    }

    /// A line: one pixel, 63 more that are 0, the digit.
    fn line(pixel: &str, digit: &str) -> String {
        format!("{pixel},{}{digit}\r\n", "0,".repeat(PIXELS - 1))
    }

    #[test]
    fn an_image_is_64_pixels_and_a_digit() -> Result<(), (u64, String)> {
        let images = parse(&format!("\u{feff}{}\n{}", line(" 4", "9"), line("16", "0 ")))?;
        assert_eq!(images.labels, [9, 0]);
        assert_eq!((images.pixels.rows(), images.pixels.cols()), (2, PIXELS));
        assert_eq!([images.pixels.row(0)[0], images.pixels.row(1)[0], images.pixels.row(1)[1]], [0.25, 1.0, 0.0]);
        Ok(())
    }

    #[test]
    fn a_line_that_is_no_image_is_named() {
        let (good, empty) = (line("1", "2"), "\r\n\n");
        for (bad, problem) in [
            (line("17", "2"), "pixel 17"),
            (line("1", "10"), "digit is 10"),
            (line("-1", "2"), "\"-1\""),
            (line("", "2"), "\"\""),
            (line("1,1", "2"), "has 66"),
            ("1\n".into(), "has 1"),
        ] {
            let Err((line, message)) = parse(&format!("{good}{empty}{bad}{good}")) else { panic!("{bad:?} was read") };
            assert_eq!(line, 4, "{bad:?}");
            assert!(message.contains(problem), "{message:?} does not say {problem:?}");
        }
    }
}
