//! What the numbers say, as pictures.

use std::path::{Path, PathBuf};

use plotters::chart::SeriesLabelPosition;
use plotters::style::RGBColor;
use simdact::Activation;

use crate::error::Error;
use crate::gradients::{DEPTH, Depths};
use crate::hidden::Hidden;
use crate::plot::{Curve, Diagram, decades, draw};
use crate::train::{Epoch, Run};

/// Draws all pictures into the folder, and tells their paths.
pub fn draw_all(folder: &Path, runs: &[(Hidden, Run)], nets: &[Depths], epochs: usize) -> Result<[PathBuf; 2], Error> {
    let paths = [folder.join("learning-curves.svg"), folder.join("gradient-norms.svg")];
    draw(&paths[0], &learning_curves(runs))?;
    draw(&paths[1], &gradient_norms(nets, epochs))?;
    Ok(paths)
}

fn learning_curves(runs: &[(Hidden, Run)]) -> [Diagram; 2] {
    let diagram = |title: &str, y, value: fn(&Epoch) -> f64| {
        let values = |run: &Run| run.epochs.iter().map(value).collect();
        let curves: Vec<Curve> = runs.iter().map(|(hidden, run)| curve(*hidden, values(run))).collect();
        let legend = SeriesLabelPosition::UpperRight;
        Diagram { title: title.into(), x: "epoch", y, span: decades(&curves), curves, legend }
    };
    [
        diagram("Loss of the training images", "mean cross-entropy", |epoch| epoch.loss),
        diagram("Errors among the held-out images", "errors, %", |epoch| 100.0 * (1.0 - epoch.accuracy)),
    ]
}

fn gradient_norms(nets: &[Depths], epochs: usize) -> [Diagram; 2] {
    let curves = |norms: fn(&Depths) -> &Vec<f64>| -> Vec<Curve> {
        nets.iter().map(|net| curve(net.hidden, norms(net).clone())).collect()
    };
    let (before, after) = (curves(|net| &net.before), curves(|net| &net.after));
    let span = decades(before.iter().chain(&after));
    let (x, y, legend) = ("layer (the last is the output)", "norm of the gradient", SeriesLabelPosition::LowerRight);
    let diagram = |title, curves| Diagram { title, x, y, span: span.clone(), curves, legend: legend.clone() };
    [
        diagram(format!("{DEPTH} hidden layers, before training"), before),
        diagram(format!("{DEPTH} hidden layers, after {epochs} epochs"), after),
    ]
}

fn curve(hidden: Hidden, values: Vec<f64>) -> Curve {
    Curve { name: hidden.to_string(), colour: colour(hidden), values }
}

/// M. Okabe, K. Ito: colours that stay apart for the colour-blind, too.
fn colour(hidden: Hidden) -> RGBColor {
    match hidden {
        Hidden::Elementwise(Activation::Sigmoid) => RGBColor(213, 94, 0),
        Hidden::Elementwise(Activation::Tanh) => RGBColor(0, 114, 178),
        Hidden::Elementwise(Activation::Relu) => RGBColor(0, 158, 115),
        Hidden::Elementwise(Activation::LeakyRelu { .. }) => RGBColor(230, 159, 0),
        Hidden::Elementwise(_) => RGBColor(0, 0, 0),
        Hidden::Maxout { .. } => RGBColor(204, 121, 167),
    }
}
