//! Charts as SVG that takes its colours from the page: plotters draws, in colours that only stand for a class of the
//! style sheet, at ten times the size, since it draws on whole pixels.

use std::ops::Range;

use anyhow::Result;
use maud::{Markup, PreEscaped, html};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Color, IntoDrawingArea, IntoFont, RGBColor, SVGBackend,
};
use plotters::style::RGBAColor;

/// Pixels of plotters in a unit of the chart's size.
const FINE: u32 = 10;
/// Size of the labels, in units: a chart is about as wide as a phone.
const FONT: f64 = 12.5;
/// By what plotters divides sizes of fonts.
const PER_POINT: f64 = 1.24;

/// What something is drawn in: a class of the style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Labels.
    Text,
    /// The lines behind.
    Grid,
    /// What something is compared with.
    Yardstick,
    /// One of the [`SERIES`].
    Series(usize),
}

/// How many colours the style sheet has.
pub const SERIES: usize = 7;

impl Ink {
    fn all() -> impl Iterator<Item = Ink> {
        [Ink::Text, Ink::Grid, Ink::Yardstick].into_iter().chain((0..SERIES).map(Ink::Series))
    }

    /// Its class.
    pub fn class(self) -> String {
        match self {
            Ink::Text => "ink".into(),
            Ink::Grid => "grid".into(),
            Ink::Yardstick => "yard".into(),
            Ink::Series(i) => format!("c{}", i % SERIES),
        }
    }

    /// The colour that stands for it, and for it in dashes.
    fn token(self, dashed: bool) -> RGBColor {
        let number = Ink::all().position(|ink| ink.class() == self.class()).unwrap_or(0);
        RGBColor(1, u8::from(dashed), number as u8)
    }
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Log,
}

/// An axis, with the values that have a label.
#[derive(Clone)]
pub struct Axis {
    pub scale: Scale,
    pub range: (f64, f64),
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// With labels at a few round values.
    pub fn linear(low: f64, high: f64) -> Axis {
        let span = (high - low).max(f64::MIN_POSITIVE);
        let power = 10f64.powf((span / 4.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|first| first * power).into_iter().find(|step| span / step <= 5.0);
        let step = step.unwrap_or(span);
        let first = (low / step).ceil() as i64;
        let values = (first..).map(|i| i as f64 * step).take_while(|&value| value <= high + 1e-9 * span);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let ticks = values.map(|value| (value, minus(format!("{value:.digits$}")))).collect();
        Axis { scale: Scale::Linear, range: (low, high), ticks }
    }

    /// A logarithmic one around positive values, with labels at 1, 2, 5, 10 …, or fewer.
    pub fn log(values: impl Iterator<Item = f64> + Clone) -> Axis {
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(0.0, f64::max);
        let (low, high) = if low < high { (low / 1.15, high * 1.15) } else { (0.5, 2.0) };
        let firsts: &[f64] = match (high / low).log10() {
            ..2.0 => &[1.0, 2.0, 5.0],
            2.0..3.0 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let inside = |value: &f64| (low..=high).contains(value);
        let values = (-9..10).flat_map(|power| firsts.iter().map(move |first| first * 10f64.powi(power)));
        let ticks = values.filter(inside).map(|value| (value, significant(value, 1))).collect();
        Axis { scale: Scale::Log, range: (low, high), ticks }
    }

    /// With a label for each of these names, from the top.
    pub fn rows(names: impl DoubleEndedIterator<Item = String>) -> Axis {
        let ticks: Vec<_> = names.rev().enumerate().map(|(i, name)| (i as f64, name)).collect();
        Axis { scale: Scale::Linear, range: (-0.7, ticks.len() as f64 - 0.3), ticks }
    }

    fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(f64::MIN_POSITIVE).log10(),
        }
    }
}

/// An axis knows where its values stand, and what their labels are.
impl Ranged for Axis {
    type ValueType = f64;
    type FormatOption = NoDefaultFormatting;

    fn map(&self, value: &f64, (start, end): (i32, i32)) -> i32 {
        let (low, high) = (self.place(self.range.0), self.place(self.range.1));
        let share = ((self.place(*value) - low) / (high - low)).clamp(0.0, 1.0);
        start + (f64::from(end - start) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // There are no lines between those of the labels.
        let shown = !hint.weight().allow_light_points();
        self.ticks.iter().filter(|_| shown).map(|&(value, _)| value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.0..self.range.1
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }

    fn format_ext(&self, value: &f64) -> String {
        let label = self.ticks.iter().find(|(tick, _)| tick == value);
        label.map_or_else(String::new, |(_, label)| label.clone())
    }
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Line,
    Thin,
    Dashed,
    /// A line, and a tint below it.
    Area,
    Dots,
    SmallDots,
    /// A line with a dot at each point.
    Both,
}

/// Points in the same ink. A value that is not finite ends a line, and another begins behind it.
pub struct Series {
    pub ink: Ink,
    pub mark: Mark,
    pub points: Vec<(f64, f64)>,
}

impl Series {
    pub fn new(ink: Ink, mark: Mark, points: impl IntoIterator<Item = (f64, f64)>) -> Series {
        Series { ink, mark, points: points.into_iter().collect() }
    }
}

type Paper<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

impl Series {
    fn draw(&self, chart: &mut Paper<'_, '_>, floor: f64) -> Result<()> {
        let colour = self.ink.token(self.mark == Mark::Dashed);
        let width = match self.mark {
            Mark::Thin => 13 * FINE / 10,
            Mark::Dashed => 17 * FINE / 10,
            _ => 2 * FINE,
        };
        let dot = match self.mark {
            Mark::SmallDots => 2 * FINE,
            Mark::Both => 3 * FINE,
            _ => 4 * FINE,
        };
        for run in self.points.split(|(_, y)| !y.is_finite()).filter(|run| !run.is_empty()) {
            if self.mark == Mark::Area {
                let ends = [(run[run.len() - 1].0, floor), (run[0].0, floor)];
                let outline: Vec<_> = run.iter().copied().chain(ends).collect();
                chart.draw_series([Polygon::new(outline, colour.mix(0.25))])?;
            }
            if !matches!(self.mark, Mark::Dots | Mark::SmallDots) {
                chart.draw_series([PathElement::new(run, colour.stroke_width(width))])?;
            }
            if matches!(self.mark, Mark::Dots | Mark::SmallDots | Mark::Both) {
                chart.draw_series(run.iter().map(|&at| Circle::new(at, dot, colour.filled())))?;
            }
        }
        Ok(())
    }
}

/// A chart.
pub struct Chart {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// Width and height: all charts of one kind have the same.
    pub size: (u32, u32),
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series>,
}

impl Chart {
    /// Room for the labels on the left; charts of numbers have about the same.
    fn left(&self) -> u32 {
        let longest = self.y.ticks.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        (74 * longest as u32 / 10 + 9).max(38)
    }

    /// Draws it.
    pub fn draw(&self) -> Result<Markup> {
        let mut svg = String::new();
        {
            let size = (self.size.0 * FINE, self.size.1 * FINE);
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let mut chart = ChartBuilder::on(&area)
                .margin_top(8 * FINE)
                .margin_right(20 * FINE)
                .x_label_area_size(22 * FINE)
                .y_label_area_size(self.left() * FINE)
                .build_cartesian_2d(self.x.clone(), self.y.clone())?;
            let font = ("sans-serif", FONT * PER_POINT * f64::from(FINE)).into_font();
            chart
                .configure_mesh()
                .set_all_tick_mark_size(3 * FINE)
                .bold_line_style(Ink::Grid.token(false).stroke_width(FINE))
                .light_line_style(RGBAColor(0, 0, 0, 0.0))
                .axis_style(Ink::Grid.token(false).stroke_width(FINE))
                .label_style(font.color(&Ink::Text.token(false)))
                .draw()?;
            for series in &self.series {
                series.draw(&mut chart, self.y.range.0)?;
            }
            area.present()?;
        }
        Ok(dressed(&svg, &self.title))
    }
}

/// Puts classes in the place of colours, and the title where programs that read aloud find it.
fn dressed(svg: &str, title: &str) -> Markup {
    let mut svg =
        svg.replace(" font-family=\"sans-serif\"", "").replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "");
    for (ink, dashed) in Ink::all().flat_map(|ink| [(ink, false), (ink, true)]) {
        let (class, RGBColor(r, g, b)) = (ink.class(), ink.token(dashed));
        let dash = if dashed { " dashed" } else { "" };
        for (attribute, prefix) in [("fill", 'f'), ("stroke", 's')] {
            let colour = format!("{attribute}=\"#{r:02X}{g:02X}{b:02X}\"");
            svg = svg.replace(&colour, &format!("class=\"{prefix}-{class}{dash}\""));
        }
    }
    let view = svg.split_once("viewBox=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(view, _)| view);
    let inside = svg.split_once('>').map_or("", |(_, rest)| rest.trim_end().trim_end_matches("</svg>"));
    html! {
        svg viewBox=(view) role="img" { title { (title) } (PreEscaped(inside)) }
    }
}

/// One of the inks and what it stands for.
pub fn legend(entries: &[(Ink, &str)]) -> Markup {
    html! {
        ul.legend {
            @for (ink, name) in entries {
                li { span.swatch.{ "b-" (ink.class()) } {} (name) }
            }
        }
    }
}

/// A number with so many digits, written out.
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decimals = digits - 1 - value.abs().log10().floor() as i32;
    minus(format!("{value:.*}", decimals.max(0) as usize))
}

/// With the sign that numbers have in print.
fn minus(number: String) -> String {
    number.replacen('-', "−", 1)
}

/// A number in units of 2¹⁰ or 2²⁰, where it is a multiple of them.
pub fn binary(n: usize) -> String {
    match n.trailing_zeros() {
        20.. if n > 0 => format!("{} Mi", n >> 20),
        10.. if n > 0 => format!("{} Ki", n >> 10),
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_well_formed_and_has_no_colours_of_its_own() {
        let series = (0..SERIES).map(|i| Series::new(Ink::Series(i), Mark::Area, [(0.0, 0.0), (1.0, i as f64)]));
        let marks = [Mark::Line, Mark::Thin, Mark::Dashed, Mark::Dots, Mark::SmallDots, Mark::Both];
        let marks = marks.map(|mark| Series::new(Ink::Yardstick, mark, [(0.0, 1.0), (0.5, f64::NAN), (1.0, 2.0)]));
        let title = "a < b & \"c\"".to_string();
        let (x, y) = (Axis::linear(0.0, 1.0), Axis::linear(0.0, 6.0));
        let chart = Chart { title: title.clone(), size: (300, 200), x, y, series: series.chain(marks).collect() };
        let svg = chart.draw().expect("it can be drawn").into_string();
        let document = roxmltree::Document::parse(&svg).expect("it is well-formed");
        assert_eq!(
            document.descendants().find(|node| node.has_tag_name("title")).and_then(|node| node.text()),
            Some(&*title)
        );
        assert!(!svg.contains("\"#"), "{svg}");
        assert!(!svg.contains("NaN"));
        assert!(svg.contains("s-yard dashed") && !svg.contains("s-c0 dashed"));
        for i in 0..SERIES {
            assert!(svg.contains(&format!("f-c{i}")) && svg.contains(&format!("s-c{i}")), "{i}");
        }
    }

    #[test]
    fn labels_are_round() {
        let labels = |axis: Axis| axis.ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(Axis::linear(-1.0, 1.0)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(Axis::linear(0.0, 8.0)), ["0", "2", "4", "6", "8"]);
        assert_eq!(labels(Axis::log([0.06, 0.9].into_iter())), ["0.1", "0.2", "0.5", "1"]);
        assert_eq!(labels(Axis::log([0.05, 2000.0].into_iter())), ["0.1", "1", "10", "100", "1000"]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(significant(0.06789, 3), "0.0679");
        assert_eq!(significant(-12.345, 3), "−12.3");
        assert_eq!(significant(12345.0, 3), "12345");
        assert_eq!([binary(1), binary(4096), binary(16 << 20)], ["1", "4 Ki", "16 Mi"]);
    }
}
