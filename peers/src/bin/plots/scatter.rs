//! Draws the largest error against the time of an element as SVG: a panel for each function.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use plotters::coord::Shift;
use plotters::coord::combinators::BindKeyPoints;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::binary;
use crate::draw::{span, ticks};
use crate::errors::{ELEMENTS, Panel, Picture, Point};
use crate::labels::{Anchor, Area, Label, place, traced};

/// As wide as a page shows it, so that text is as large as that of the page.
const SIZE: (u32, u32) = (900, 600);
/// Room above the panels, left of the first, and beneath all of them.
const HEAD: u32 = 84;
const LEFT: u32 = 62;
const FOOT: u32 = 28;
/// Between panels, and right of the last.
const GAP: u32 = 12;
/// Beneath a panel, for the axis.
const AXIS: u32 = 44;
const FONT: &str = "sans-serif";
/// plotters takes text to be larger than it is drawn.
const SCALE: f64 = 1.24;

const OURS: RGBColor = RGBColor(0, 114, 178);
const RIVALS: RGBColor = RGBColor(70, 70, 70);
const PALE: RGBColor = RGBColor(110, 110, 110);

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub fn draw(picture: &Picture, path: &Path) -> Result<()> {
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        paint(picture, &canvas)?;
        canvas.present()?;
    }
    Ok(fs::write(path, svg)?)
}

/// A text of so many pixels, at its anchor, and half-way up.
fn text(pixels: f64, colour: RGBColor, anchor: Anchor) -> TextStyle<'static> {
    styled(pixels, colour, anchor, FontStyle::Normal)
}

fn styled(pixels: f64, colour: RGBColor, anchor: Anchor, style: FontStyle) -> TextStyle<'static> {
    let across = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    (FONT, pixels * SCALE).into_font().style(style).color(&colour).pos(Pos::new(across, VPos::Center))
}

fn paint(picture: &Picture, canvas: &Canvas<'_>) -> Result<()> {
    // Pages are dark or light.
    canvas.fill(&WHITE)?;
    let head = "Largest error against time: left is faster, below is more accurate";
    canvas.draw(&Text::new(head, (16, 24), styled(19.0, BLACK, Anchor::Start, FontStyle::Bold)))?;
    let what = format!(
        "{} inputs between −6 and 6, one thread. Each library at its fastest; simdact ({}) in its three tiers",
        binary(ELEMENTS),
        picture.backend
    );
    canvas.draw(&Text::new(what, (16, 48), text(14.0, PALE, Anchor::Start)))?;
    let caption = format!("{}; {}", picture.processor, picture.date);
    let corner = (SIZE.0 as i32 - GAP as i32, SIZE.1 as i32 - 12);
    canvas.draw(&Text::new(caption, corner, text(12.0, PALE, Anchor::End)))?;
    let unit = text(13.0, RIVALS, Anchor::Middle).transform(FontTransform::Rotate270);
    let middle = (HEAD + SIZE.1 - FOOT - AXIS) / 2;
    canvas.draw(&Text::new("largest error, ULP (0.5: correctly rounded)", (14, middle as i32), unit))?;

    // The same axes in all panels.
    let points = || picture.panels.iter().flat_map(|panel| panel.ours.iter().chain(&panel.rivals));
    let (least, most) = span(points().map(|point| point.ns)).context("no points to draw")?;
    let (_, worst) = span(points().map(|point| point.ulps)).context("no points to draw")?;
    let x = (least / 1.45, most * 1.6);
    let y = (0.25, worst * 1.6);
    let width = (SIZE.0 - LEFT) / picture.panels.len() as u32;
    for (i, panel) in picture.panels.iter().enumerate() {
        let left = LEFT + i as u32 * width;
        let area = canvas.clone().shrink((left, HEAD), (width - GAP, SIZE.1 - HEAD - FOOT));
        paint_panel(panel, canvas, &area, i == 0, (x, y))?;
    }
    Ok(())
}

fn paint_panel(
    panel: &Panel,
    canvas: &Canvas<'_>,
    area: &Canvas<'_>,
    first: bool,
    (x, y): ((f64, f64), (f64, f64)),
) -> Result<()> {
    let within = |(least, most): (f64, f64), all: Vec<f64>| {
        all.into_iter().filter(|tick| (least..=most).contains(tick)).collect::<Vec<f64>>()
    };
    // Powers of ten, and where errors are exact.
    let across = within((x.0 * 1.1, x.1 / 1.1), ticks(x.0, x.1));
    let mut up = within(y, (0..9).map(|power| 10f64.powi(power)).collect());
    up.insert(0, 0.5);
    let mut chart = ChartBuilder::on(area).x_label_area_size(AXIS).build_cartesian_2d(
        (x.0..x.1).log_scale().with_key_points(across.clone()),
        (y.0..y.1).log_scale().with_key_points(up.clone()),
    )?;
    chart.configure_mesh().disable_axes().bold_line_style(BLACK.mix(0.12)).light_line_style(TRANSPARENT).draw()?;
    let at = |ns: f64, ulps: f64| chart.backend_coord(&(ns, ulps));
    let (left, top) = at(x.0, y.1);
    let (right, bottom) = at(x.1, y.0);
    canvas.draw(&Rectangle::new([(left, top), (right, bottom)], BLACK.mix(0.35)))?;
    for ns in across {
        let place = (at(ns, y.0).0, bottom + 12);
        canvas.draw(&Text::new(ns.to_string(), place, text(13.0, RIVALS, Anchor::Middle)))?;
    }
    canvas.draw(&Text::new("ns per element", ((left + right) / 2, bottom + 31), text(13.0, RIVALS, Anchor::Middle)))?;
    for ulps in up.into_iter().filter(|_| first) {
        canvas.draw(&Text::new(ulps.to_string(), (left - 7, at(x.0, ulps).1), text(13.0, RIVALS, Anchor::End)))?;
    }
    let name = styled(15.0, BLACK, Anchor::Start, FontStyle::Bold);
    canvas.draw(&Text::new(panel.function, (left, top - 12), name))?;
    if !panel.slow.is_empty() {
        let slow: Vec<String> = panel.slow.iter().map(|point| format!("{} {:.0} ns", point.name, point.ns)).collect();
        let beyond = format!("slower: {}", slow.join(", "));
        canvas.draw(&Text::new(beyond, (right, top - 10), text(12.0, PALE, Anchor::End)))?;
    }

    let mark = |kind: Kind| move |point: &Point| Mark { at: at(point.ns, point.ulps), name: point.name.clone(), kind };
    let mut marks: Vec<Mark> = panel.ours.iter().map(mark(Kind::Tier)).collect();
    let tiers: Vec<(i32, i32)> = marks.iter().map(|mark| mark.at).collect();
    marks.extend(panel.rivals.iter().map(mark(Kind::Rival)));
    if let [(x, y), (to_x, to_y), ..] = tiers[..] {
        // Half-way, where there is most room.
        marks.push(Mark { at: ((x + to_x) / 2, (y + to_y) / 2), name: "simdact".to_string(), kind: Kind::Line });
    }
    let room = Area(f64::from(left), f64::from(top), f64::from(right), f64::from(bottom)).shrunk(3.0);
    let labels: Vec<Label> = marks.iter().map(Mark::label).collect();
    let places = place(&labels, &obstacles(&tiers), room);

    canvas.draw(&PathElement::new(tiers, OURS.stroke_width(3)))?;
    let pixel = |(x, y): (f64, f64)| (x.round() as i32, y.round() as i32);
    for (from, to) in places.iter().filter_map(|place| place.leader) {
        let line = vec![pixel(from), pixel(to)];
        canvas.draw(&PathElement::new(line, PALE.mix(0.7).stroke_width(1)))?;
    }
    for (mark, place) in marks.iter().zip(&places) {
        let Look { radius, colour, letters, style } = mark.kind.look();
        if radius > 0 {
            canvas.draw(&Circle::new(mark.at, radius, colour.filled()))?;
        }
        let name = styled(letters, colour, place.anchor, style);
        canvas.draw(&Text::new(mark.name.as_str(), pixel(place.at), name))?;
    }
    Ok(())
}

/// What has a name.
#[derive(Clone, Copy)]
enum Kind {
    /// One of simdact's.
    Tier,
    /// The line through them.
    Line,
    Rival,
}

struct Look {
    /// Of the circle, where there is one.
    radius: i32,
    colour: RGBColor,
    /// Their height.
    letters: f64,
    style: FontStyle,
}

impl Kind {
    fn look(self) -> Look {
        match self {
            Kind::Tier => Look { radius: 6, colour: OURS, letters: 13.5, style: FontStyle::Bold },
            Kind::Line => Look { radius: 0, colour: OURS, letters: 16.0, style: FontStyle::Bold },
            Kind::Rival => Look { radius: 4, colour: RIVALS, letters: 13.0, style: FontStyle::Normal },
        }
    }
}

/// A point, or the middle of a line, and its name.
struct Mark {
    at: (i32, i32),
    name: String,
    kind: Kind,
}

impl Mark {
    /// The room that the name takes in the widest of the usual fonts.
    fn label(&self) -> Label {
        let Look { radius, letters, style, .. } = self.kind.look();
        let letter = letters * if matches!(style, FontStyle::Bold) { 0.66 } else { 0.6 };
        let width = letter * self.name.chars().count() as f64 + 4.0;
        let at = (f64::from(self.at.0), f64::from(self.at.1));
        Label { at, radius: f64::from(radius), width, height: letters * 1.05 }
    }
}

/// What names must not lie on besides marks: the line through simdact's tiers.
fn obstacles(tiers: &[(i32, i32)]) -> Vec<Area> {
    let float = |(x, y): (i32, i32)| (f64::from(x), f64::from(y));
    tiers.windows(2).flat_map(|pair| traced(float(pair[0]), float(pair[1]), 3.0)).collect()
}
