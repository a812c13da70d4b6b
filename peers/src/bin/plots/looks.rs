//! What each candidate looks like, the same in all pictures.

use anyhow::{Context, Result};
use plotters::style::RGBColor;

/// The colours of Okabe and Ito, which are told apart with any kind of eyes, and a grey.
const BLACK: RGBColor = RGBColor(0, 0, 0);
const ORANGE: RGBColor = RGBColor(230, 159, 0);
const SKY: RGBColor = RGBColor(86, 180, 233);
const GREEN: RGBColor = RGBColor(0, 158, 115);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const VERMILION: RGBColor = RGBColor(213, 94, 0);
const PURPLE: RGBColor = RGBColor(204, 121, 167);
const GREY: RGBColor = RGBColor(140, 140, 140);

#[derive(Clone, Copy)]
pub enum Mark {
    None,
    Circle,
    Square,
    Triangle,
    Cross,
}

pub struct Look {
    pub colour: RGBColor,
    pub mark: Mark,
    pub width: u32,
    pub dashed: bool,
}

/// By the beginning of the name. The five that are in every picture of a function have a colour each; who shares one
/// with them has another mark, and mostly other times.
const LOOKS: [(&str, RGBColor, Mark); 16] = [
    ("simdact avx512", BLUE, Mark::None),
    ("simdact avx2", SKY, Mark::None),
    ("simdact neon", BLUE, Mark::None),
    ("memcpy, traffic", BLACK, Mark::None),
    ("memcpy", GREY, Mark::None),
    ("std loop", BLACK, Mark::None),
    ("candle-core", PURPLE, Mark::Cross),
    ("numpy", ORANGE, Mark::Square),
    ("torch", VERMILION, Mark::Circle),
    ("onnxruntime", GREEN, Mark::Triangle),
    ("rten-vecmath", BLACK, Mark::Circle),
    ("tract-linalg", VERMILION, Mark::Triangle),
    ("wide", ORANGE, Mark::Cross),
    ("SLEEF u10", PURPLE, Mark::Circle),
    ("SLEEF u35", PURPLE, Mark::Triangle),
    ("XNNPACK", PURPLE, Mark::Square),
];

fn known(name: &str) -> Result<&'static (&'static str, RGBColor, Mark)> {
    let found = LOOKS.iter().find(|(prefix, ..)| name.starts_with(prefix));
    found.with_context(|| format!("looks.rs does not say what {name} looks like"))
}

/// The library of a candidate, without versions, instruction sets, and what part of it is meant.
pub fn library(name: &str) -> Result<&'static str> {
    known(name).map(|(prefix, ..)| prefix.split('-').next().unwrap_or(prefix))
}

pub fn look(name: &str) -> Result<Look> {
    let &(_, colour, mark) = known(name)?;
    let (ours, yardstick) = (name.starts_with("simdact"), name.starts_with("memcpy"));
    let dashed = yardstick || if ours { name.ends_with(" fast") } else { name.ends_with(" avx2") };
    let width = if ours {
        4
    } else if yardstick {
        2
    } else {
        1
    };
    Ok(Look { colour, mark, width, dashed })
}
