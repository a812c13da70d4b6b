//! Curves on logarithmic paper, as SVG.

use std::fs;
use std::ops::Range;
use std::path::Path;

use plotters::prelude::*;

use crate::error::Error;

const SIZE: (u32, u32) = (1080, 480);
const FONT: &str = "sans-serif";

/// One diagram; several stand side by side in a picture.
pub struct Diagram {
    pub title: String,
    pub x: &'static str,
    pub y: &'static str,
    /// The values that the y axis shows.
    pub span: Range<f64>,
    pub curves: Vec<Curve>,
    /// Where no curve runs.
    pub legend: SeriesLabelPosition,
}

/// Values at 1, 2, 3, …; those that a logarithm cannot show are left out.
pub struct Curve {
    pub name: String,
    pub colour: RGBColor,
    pub values: Vec<f64>,
}

/// Draws the diagrams side by side.
pub fn draw(path: &Path, diagrams: &[Diagram]) -> Result<(), Error> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(failed)?;
        for (diagram, area) in diagrams.iter().zip(area.split_evenly((1, diagrams.len()))) {
            diagram.draw(&area).map_err(failed)?;
        }
        area.present().map_err(failed)?;
    }
    fs::write(path, svg).map_err(|error| Error::Write { path: path.into(), error })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Draw(error.to_string())
}

impl Diagram {
    fn draw<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, plotters::coord::Shift>,
    ) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
        let steps = self.curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0).max(2);
        let plain = self.span.start > 1e-4 && self.span.end < 1e4;
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, (FONT, 20))
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d(0.5..steps as f64 + 0.5, self.span.clone().log_scale())?;
        chart
            .configure_mesh()
            .x_desc(self.x)
            .y_desc(self.y)
            .axis_desc_style((FONT, 16))
            .label_style((FONT, 14))
            .x_labels(steps.min(10))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|&y| if plain { y.to_string() } else { power(y) })
            .bold_line_style(BLACK.mix(0.15))
            .light_line_style(BLACK.mix(0.05))
            .draw()?;
        for curve in &self.curves {
            let style = curve.colour.stroke_width(2);
            let points = (1..).map(f64::from).zip(curve.values.iter().copied()).filter(|&(_, y)| drawable(y));
            chart
                .draw_series(LineSeries::new(points, style).point_size(3))?
                .label(&curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .position(self.legend.clone())
            .label_font((FONT, 15))
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()
    }
}

fn drawable(y: f64) -> bool {
    y.is_normal() && y > 0.0
}

/// The whole decades that the curves lie in.
pub fn decades<'a>(curves: impl IntoIterator<Item = &'a Curve>) -> Range<f64> {
    let values: Vec<f64> =
        curves.into_iter().flat_map(|curve| &curve.values).copied().filter(|&y| drawable(y)).collect();
    let least = values.iter().copied().reduce(f64::min).unwrap_or(1.0).log10().floor();
    let most = values.iter().copied().reduce(f64::max).unwrap_or(1.0).log10().ceil().max(least + 1.0);
    // A hair more, so that rounding takes no label away.
    10f64.powf(least) * 0.999..10f64.powf(most) * 1.001
}

/// 10ⁿ.
fn power(y: f64) -> String {
    let exponent = format!("{:.0}", y.log10());
    let superscript = exponent.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    });
    format!("10{}", superscript.collect::<String>())
}
