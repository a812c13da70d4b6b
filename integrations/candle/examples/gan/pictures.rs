//! Generated digits as PNG, and the losses as SVG.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use candle_core::Tensor;
use plotters::prelude::*;

use crate::data::SIDE;
use crate::train::{Losses, Run};

/// A grid of images `[n, 1, 8, 8]`, so many in a row.
pub fn grid(images: &Tensor, columns: usize, path: &Path) -> Result<()> {
    /// Pixels of the picture for each of the image, and between images.
    const ZOOM: usize = 6;
    const GAP: usize = 6;
    let images = images.flatten_from(1)?.to_vec2::<f32>()?;
    let (step, rows) = (SIDE * ZOOM + GAP, images.len().div_ceil(columns));
    let (width, height) = (columns * step + GAP, rows * step + GAP);
    let mut picture = vec![96; width * height];
    for (number, image) in images.iter().enumerate() {
        let (left, top) = (number % columns * step + GAP, number / columns * step + GAP);
        for y in 0..SIDE * ZOOM {
            for x in 0..SIDE * ZOOM {
                let pixel = image[y / ZOOM * SIDE + x / ZOOM];
                picture[(top + y) * width + left + x] = ((pixel + 1.0) * 127.5).round() as u8;
            }
        }
    }
    let at = || format!("cannot write {}", path.display());
    let mut file = png::Encoder::new(BufWriter::new(File::create(path).with_context(at)?), width as u32, height as u32);
    file.set_color(png::ColorType::Grayscale);
    let mut file = file.write_header().with_context(at)?;
    file.write_image_data(&picture).with_context(at)?;
    file.finish().with_context(at)
}

/// Both losses of each run, over the epochs.
pub fn losses(runs: &[Run], path: &Path) -> Result<()> {
    let mut svg = String::new();
    draw(runs, &mut svg).map_err(|error| anyhow!("cannot draw the losses: {error}"))?;
    fs::write(path, svg).with_context(|| format!("cannot write {}", path.display()))
}

fn draw(runs: &[Run], svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    const FONT: &str = "sans-serif";
    type Curve = (&'static str, RGBColor, fn(&Losses) -> f64);
    const CURVES: [Curve; 2] = [
        ("discriminator", RGBColor(213, 94, 0), |losses| losses.discriminator),
        ("generator", RGBColor(0, 114, 178), |losses| losses.generator),
    ];
    let area = SVGBackend::with_string(svg, (540 * runs.len() as u32, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let most = runs.iter().flat_map(|run| &run.losses).flat_map(|losses| CURVES.map(|(_, _, value)| value(losses)));
    let most = most.fold(0.0, f64::max) * 1.05;
    for (run, area) in runs.iter().zip(area.split_evenly((1, runs.len()))) {
        let mut chart = ChartBuilder::on(&area)
            .caption(format!("Losses, activations of {}", run.engine), (FONT, 20))
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(56)
            .build_cartesian_2d(1.0..run.losses.len().max(2) as f64, 0.0..most)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("mean binary cross-entropy")
            .x_label_formatter(&|x| format!("{x:.0}"))
            .axis_desc_style((FONT, 16))
            .label_style((FONT, 14))
            .draw()?;
        for (name, colour, value) in CURVES {
            let points = (1..).map(f64::from).zip(run.losses.iter().map(value));
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(points, style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        }
        chart
            .configure_series_labels()
            .label_font((FONT, 15))
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .draw()?;
    }
    area.present()?;
    Ok(())
}
