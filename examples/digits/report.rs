//! What the numbers say, as text.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::data::Split;
use crate::gradients::{DEPTH, Depths};
use crate::hidden::Hidden;
use crate::net::Shape;
use crate::train::Run;

/// How well each activation function learns the digits.
pub fn digits(out: &mut impl Write, images: &Split, shape: Shape, runs: &[(Hidden, Run)]) -> io::Result<()> {
    let (train, held_out) = (images.train.labels.len(), images.held_out.labels.len());
    let Shape { inputs, layers, width, outputs } = shape;
    let hidden = format!("{width} – ").repeat(layers);
    writeln!(out, "{} images: {train} to learn from, {held_out} held out", train + held_out)?;
    writeln!(out)?;
    writeln!(out, "Which digit is it? {inputs} – {hidden}{outputs} units, softmax, cross-entropy")?;
    writeln!(out)?;
    writeln!(out, "  {:<14}{:>10}{:>12}{:>9}{:>10}", "activation", "held out", "loss", "zeros", "seconds")?;
    for (hidden, run) in runs {
        let accuracy = percent(run.verdict.accuracy(&images.held_out.labels));
        let zeros = percent(run.verdict.zeros);
        let loss = run.epochs.last().map_or(f64::NAN, |epoch| epoch.loss);
        let seconds = run.time.as_secs_f64();
        writeln!(out, "  {hidden:<14}{accuracy:>10}{loss:>12.4}{zeros:>9}{seconds:>10.2}")?;
    }
    writeln!(out, "  held out: the share recognised, where one image is {};", percent(1.0 / held_out as f64))?;
    writeln!(out, "  loss: of the training images, in the last epoch; zeros: the share of hidden outputs that are 0")
}

/// How well a single sigmoid tells zeros from the others.
pub fn zero(out: &mut impl Write, hidden: Hidden, images: &Split, run: &Run) -> io::Result<()> {
    let labels = &images.held_out.labels;
    let count = |decision: usize, truth: usize| {
        run.verdict.decisions.iter().zip(labels).filter(|&pair| pair == (&decision, &truth)).count()
    };
    let (hits, false_alarms, misses) = (count(1, 1), count(1, 0), count(0, 1));
    writeln!(out)?;
    writeln!(out, "Is it a zero? One sigmoid output, binary cross-entropy, {hidden}")?;
    writeln!(out)?;
    writeln!(out, "  accuracy   {:>8}", percent(run.verdict.accuracy(labels)))?;
    writeln!(
        out,
        "  precision  {:>8}   {hits} of {} taken for a zero",
        share(hits, false_alarms),
        hits + false_alarms
    )?;
    writeln!(out, "  recall     {:>8}   {hits} of {} zeros found", share(hits, misses), hits + misses)
}

/// How the gradient fares on its way to the first layer.
pub fn gradients(out: &mut impl Write, nets: &[Depths], epochs: usize) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "Why do gradients vanish? {DEPTH} hidden layers, the same first weights for each activation")?;
    writeln!(out)?;
    let mut line = |name: &str, cell: &dyn Fn(&Depths) -> String| {
        let cells: String = nets.iter().map(|net| format!("{:>11}", cell(net))).collect();
        writeln!(out, "  {name:<27}{cells}")
    };
    line("gradient before training", &|net| net.hidden.to_string())?;
    for layer in 0..DEPTH {
        line(&format!("  layer {}", layer + 1), &|net| format!("{:.2e}", net.before[layer]))?;
    }
    line("  output layer", &|net| format!("{:.2e}", net.before[DEPTH]))?;
    line(&format!("  layer {DEPTH} : layer 1"), &|net| ratio(net.before[DEPTH - 1], net.before[0]))?;
    line(&format!("held out, after {epochs} epochs"), &|net| percent(net.accuracy))?;
    writeln!(
        out,
        "  The way back multiplies by the derivative at each layer: at most ¼ for sigmoid, 1 at 0 for tanh,"
    )?;
    writeln!(out, "  and 1 for ReLU wherever it lets anything through.")
}

/// Where the pictures are.
pub fn pictures(out: &mut impl Write, paths: &[PathBuf]) -> io::Result<()> {
    writeln!(out)?;
    writeln!(out, "Pictures:")?;
    paths.iter().try_for_each(|path| writeln!(out, "  {}", path.display()))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// a of a + b, where there are any.
fn share(a: usize, b: usize) -> String {
    if a + b == 0 { "–".into() } else { percent(a as f64 / (a + b) as f64) }
}

/// a / b, where there is such a number.
fn ratio(a: f64, b: f64) -> String {
    if b == 0.0 { "–".into() } else { format!("{:.1}", a / b) }
}
