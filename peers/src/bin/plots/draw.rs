//! Draws a picture as SVG.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use crate::binary;
use crate::curves::Picture;
use crate::looks::{Look, Mark, look};

const SIZE: (u32, u32) = (1000, 560);
/// Room above the diagram, and to its right: no legend lies on a curve.
const HEAD: u32 = 70;
const LEGEND: u32 = 240;
const FONT: &str = "sans-serif";

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Point = (i32, i32);

pub fn draw(picture: &Picture, folder: &Path) -> Result<()> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        paint(picture, &area)?;
        area.present()?;
    }
    Ok(fs::write(folder.join(&picture.file), svg)?)
}

fn paint(picture: &Picture, area: &Area<'_>) -> Result<()> {
    // Pages are dark or light.
    area.fill(&WHITE)?;
    area.draw(&Text::new(picture.title.as_str(), (20, 14), (FONT, 24).into_font()))?;
    area.draw(&Text::new(picture.subtitle.as_str(), (20, 44), (FONT, 15).into_font().color(&BLACK.mix(0.7))))?;

    let points = || picture.curves.iter().flat_map(|curve| &curve.points);
    let (first, last) = span(points().map(|point| point.0)).context("no points to draw")?;
    let (least, most) = span(points().map(|point| point.1)).context("no points to draw")?;
    let powers = (0..64).step_by(3).map(f64::from).map(f64::exp2);
    let powers = powers.filter(|x| (first..=last).contains(x)).collect();
    let ticks = ticks(least, most);
    let (bottom, top) = (ticks[0], ticks[ticks.len() - 1]);
    let mut chart = ChartBuilder::on(area)
        .margin_top(HEAD)
        .margin_right(LEGEND)
        .margin_bottom(8)
        .margin_left(8)
        .x_label_area_size(48)
        .y_label_area_size(56)
        .build_cartesian_2d(
            (first / 1.2..last * 1.2).log_scale().with_key_points(powers),
            (bottom..top).log_scale().with_key_points(ticks),
        )?;
    chart
        .configure_mesh()
        .x_desc(picture.x)
        .axis_desc_style((FONT, 15))
        .label_style((FONT, 14))
        .x_label_formatter(&|x| binary(*x as usize))
        .y_label_formatter(&f64::to_string)
        .bold_line_style(BLACK.mix(0.12))
        .draw()?;

    // simdact comes first, and lies on top.
    for curve in picture.curves.iter().rev() {
        let look = look(&curve.name)?;
        let place = |&(x, y): &(f64, f64)| chart.backend_coord(&(x, y));
        line(area, &look, curve.points.iter().map(place).collect())?;
        // Every second power of two: there is no room for more.
        for at in curve.points.iter().filter(|(x, _)| x.log2().round() % 2.0 == 0.0).map(place) {
            mark(area, &look, at)?;
        }
    }
    for (curve, y) in picture.curves.iter().zip((HEAD as i32 + 12..).step_by(24)) {
        let look = look(&curve.name)?;
        let x = (SIZE.0 - LEGEND) as i32 + 16;
        line(area, &look, vec![(x, y), (x + 36, y)])?;
        mark(area, &look, (x + 18, y))?;
        area.draw(&Text::new(curve.name.as_str(), (x + 44, y - 6), (FONT, 14).into_font()))?;
    }
    Ok(())
}

pub fn span(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |span, value| match span {
        None => Some((value, value)),
        Some((least, most)) => Some((value.min(least), value.max(most))),
    })
}

/// Those of 1, 2, 5, 10, 20, … that lie between such limits, and the next on either side.
pub fn ticks(least: f64, most: f64) -> Vec<f64> {
    // Quotients are the nearest to what is meant, products of negative powers are not.
    let small = (1..=9).rev().flat_map(|power| [1.0, 2.0, 5.0].map(|first| first / 10f64.powi(power)));
    let large = (0..=9).flat_map(|power| [1.0, 2.0, 5.0].map(|first| first * 10f64.powi(power)));
    let all: Vec<f64> = small.chain(large).collect();
    let start = all.partition_point(|&tick| tick <= least).max(1) - 1;
    let end = all.partition_point(|&tick| tick < most).min(all.len() - 1);
    all[start..=end].to_vec()
}

fn line(area: &Area<'_>, look: &Look, points: Vec<Point>) -> Result<()> {
    let style = look.colour.stroke_width(look.width);
    if look.dashed {
        area.draw(&DashedPathElement::new(points, 9, 5, style))?;
    } else {
        area.draw(&PathElement::new(points, style))?;
    }
    Ok(())
}

fn mark(area: &Area<'_>, look: &Look, at @ (x, y): Point) -> Result<()> {
    let style = look.colour.filled();
    match look.mark {
        Mark::None => (),
        Mark::Circle => area.draw(&Circle::new(at, 3, style))?,
        Mark::Square => area.draw(&Rectangle::new([(x - 3, y - 3), (x + 3, y + 3)], style))?,
        Mark::Triangle => area.draw(&TriangleMarker::new(at, 4, style))?,
        Mark::Cross => area.draw(&Cross::new(at, 3, look.colour.stroke_width(1)))?,
    }
    Ok(())
}
