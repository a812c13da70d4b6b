//! Published models, with their activations and softmax computed by simdact: do they answer as onnxruntime does, and how
//! long does it take beside tract alone?
//!
//! `cargo run --release -p simdact-tract --example models` fetches them from PyPI by way of the script `models`, which
//! has onnxruntime compute what is expected, and fails where an answer differs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::Value;
use tract_onnx::tract_hir::internal::*;

/// Published models, with their activations and softmax computed by simdact, beside tract alone and onnxruntime.
#[derive(Parser)]
struct Options {
    /// How often each input is computed for the time, by both in turns; the fastest counts.
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Where the models are kept; by default below the target directory.
    #[arg(long)]
    cache: Option<PathBuf>,
}

fn main() -> TractResult<()> {
    let Options { rounds, cache } = Options::parse();
    let cache = cache.unwrap_or_else(default_cache);
    let Some(found) = fetch(&cache)? else {
        println!("skipped: PyPI does not answer");
        return Ok(());
    };
    println!("onnxruntime {}; {}", found["onnxruntime"], found["wheels"]);
    let mut same = true;
    for model in ["magika", "direction", "detector", "recogniser"] {
        let compared = compare(&cache, &found, model, rounds)?;
        same &= compared.print();
    }
    ensure!(same, "an answer is not onnxruntime's");
    println!("\nAll answers are those of onnxruntime.");
    Ok(())
}

fn default_cache() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let below = |root: &str| Path::new(root).join("../../target");
    target.unwrap_or_else(|| below(env!("CARGO_MANIFEST_DIR"))).join("tract-models")
}

/// What the script found, unless PyPI does not answer.
fn fetch(cache: &Path) -> TractResult<Option<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let status = Command::new("python3").arg(script).arg(cache).status().context("python3 is needed")?;
    if status.code() == Some(3) {
        return Ok(None);
    }
    ensure!(status.success(), "the script `models` failed");
    Ok(Some(serde_json::from_slice(&std::fs::read(cache.join("cases.json"))?)?))
}

/// A model, by itself and rewritten.
struct Compared {
    model: String,
    summary: String,
    cases: Vec<Case>,
}

/// An input, with what the model says to it.
struct Case {
    what: String,
    shape: Vec<usize>,
    /// Of onnxruntime, tract, and tract with simdact.
    answers: [Vec<String>; 3],
    /// The largest differences from onnxruntime's output: of tract, and of tract with simdact.
    differences: [f32; 2],
    /// Of tract, and of tract with simdact; where the shape had not been there before.
    times: Option<[Duration; 2]>,
}

fn compare(cache: &Path, found: &Value, name: &str, rounds: usize) -> TractResult<Compared> {
    let path = cache.join(format!("{name}.onnx"));
    let mut compared = Compared { model: name.to_owned(), summary: String::new(), cases: vec![] };
    let mut plans = match plans(&path, None) {
        Ok((plans, summary)) => {
            compared.summary = summary;
            Some(plans)
        }
        Err(error) => {
            println!(
                "\n{name}: tract alone fixes its sizes, since it cannot load it otherwise: {}",
                error.root_cause()
            );
            None
        }
    };
    let any_size = plans.is_some();
    for case in found["cases"].as_array().context("cases")?.iter().filter(|case| case["model"] == name) {
        let (input, expected) = (tensor(cache, case, "input")?, tensor(cache, case, "output")?);
        let shape = input.shape().to_vec();
        let is_new = compared.cases.iter().all(|case| case.shape != shape);
        if is_new && !any_size {
            let (fixed, summary) = self::plans(&path, Some(&input))?;
            plans = Some(fixed);
            compared.summary = summary;
        }
        let plans = plans.as_ref().context("plans")?;
        let run = |plan: &Arc<TypedRunnableModel>| -> TractResult<Tensor> {
            Ok(plan.run(tvec!(input.clone().into()))?.remove(0).into_tensor())
        };
        let (plain, rewritten) = (run(&plans[0])?, run(&plans[1])?);
        let answers = [&expected, &plain, &rewritten].map(|output| answer(found, name, output));
        let differences = [difference(&expected, &plain)?, difference(&expected, &rewritten)?];
        let [a, b, c] = answers;
        let mut times = None;
        if is_new {
            let fastest = times.insert([Duration::MAX; 2]);
            for _ in 0..rounds {
                for (plan, fastest) in plans.iter().zip(fastest.iter_mut()) {
                    let start = Instant::now();
                    run(plan)?;
                    *fastest = start.elapsed().min(*fastest);
                }
            }
        }
        let what = case["what"].as_str().unwrap_or_default().to_owned();
        compared.cases.push(Case { what, shape, answers: [a?, b?, c?], differences, times });
    }
    Ok(compared)
}

/// The model by itself and rewritten, ready to run, and what was replaced; for any size of input, or for this one.
fn plans(path: &Path, input: Option<&Tensor>) -> TractResult<([Arc<TypedRunnableModel>; 2], String)> {
    let mut model = tract_onnx::onnx().model_for_path(path)?;
    if let Some(input) = input {
        model.set_input_fact(0, InferenceFact::dt_shape(input.datum_type(), input.shape()))?;
        for output in 0..model.output_outlets()?.len() {
            model.set_output_fact(output, InferenceFact::default())?;
        }
    }
    let plain = model.into_typed()?.into_decluttered()?;
    let mut rewritten = plain.clone();
    let summary = simdact_tract::rewrite(&mut rewritten)?.to_string();
    let plans = [plain.into_optimized()?.into_runnable()?, rewritten.into_optimized()?.into_runnable()?];
    Ok((plans, summary))
}

/// A tensor that the script left.
fn tensor(cache: &Path, case: &Value, which: &str) -> TractResult<Tensor> {
    let shape =
        case[which].as_array().context("a shape")?.iter().map(|size| size.as_u64().unwrap_or_default() as usize);
    let shape: Vec<usize> = shape.collect();
    let bytes = std::fs::read(cache.join(format!("{}.{which}", case["number"])))?;
    let words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
    if which == "input" && case["model"] == "magika" {
        Tensor::from_shape(&shape, &words.map(i32::from_le_bytes).collect::<Vec<_>>())
    } else {
        Tensor::from_shape(&shape, &words.map(f32::from_le_bytes).collect::<Vec<_>>())
    }
}

fn difference(a: &Tensor, b: &Tensor) -> TractResult<f32> {
    let (a, b) = (a.to_plain_array_view::<f32>()?, b.to_plain_array_view::<f32>()?);
    ensure!(a.shape() == b.shape(), "{:?} and {:?}", a.shape(), b.shape());
    Ok(a.iter().zip(&b).fold(0.0, |most, (a, b)| f32::max(most, (a - b).abs())))
}

/// What the model says: the most probable label of each row, the boxes of text, or the numbers of the letters.
fn answer(found: &Value, model: &str, output: &Tensor) -> TractResult<Vec<String>> {
    let output = output.to_plain_array_view::<f32>()?;
    let shape = output.shape();
    let values = output.as_slice().context("contiguous")?;
    if model == "detector" {
        let &[_, _, _, width] = shape else { bail!("{shape:?}") };
        return Ok(boxes(values, width).iter().map(|edges| format!("{edges:?}")).collect());
    }
    let row = *shape.last().context("rows")?;
    let best =
        values.chunks_exact(row).map(|row| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0));
    let label = |index: usize| match found["labels"][model][index].as_str() {
        Some(label) => label.to_owned(),
        None => index.to_string(),
    };
    Ok(best.map(label).collect())
}

/// Left, top, right, bottom of each connected region where text is more probable than 0.3, the models' own threshold.
fn boxes(probabilities: &[f32], width: usize) -> Vec<[usize; 4]> {
    let mut text: Vec<bool> = probabilities.iter().map(|p| *p > 0.3).collect();
    let mut boxes = vec![];
    for start in 0..text.len() {
        if !text[start] {
            continue;
        }
        let (mut open, mut edges) = (vec![start], [usize::MAX, usize::MAX, 0, 0]);
        text[start] = false;
        while let Some(pixel) = open.pop() {
            let (x, y) = (pixel % width, pixel / width);
            edges = [edges[0].min(x), edges[1].min(y), edges[2].max(x), edges[3].max(y)];
            let beside = [(x > 0, pixel.wrapping_sub(1)), (x + 1 < width, pixel + 1)];
            let above = [(y > 0, pixel.wrapping_sub(width)), (true, pixel + width)];
            for (_, next) in beside.into_iter().chain(above).filter(|(inside, _)| *inside) {
                if text.get(next) == Some(&true) {
                    text[next] = false;
                    open.push(next);
                }
            }
        }
        boxes.push(edges);
    }
    boxes
}

impl Compared {
    /// Whether all answers are those of onnxruntime.
    fn print(&self) -> bool {
        println!("\n{}\n{}", self.model, self.summary.trim_end());
        println!("  {:<28} {:>9} {:>9} {:>10} {:>10} {:>6}", "", "tract", "simdact", "tract", "simdact", "");
        println!("  {:<28} {:>19} {:>21} {:>6}  answer", "input", "from onnxruntime", "ms", "ratio");
        let mut all_same = true;
        for case in &self.cases {
            let [expected, tract, simdact] = &case.answers;
            let [a, b] = case.differences;
            print!("  {:<28} {a:>9.1e} {b:>9.1e}", case.what);
            match case.times.map(|times| times.map(|time| time.as_secs_f64() * 1e3)) {
                Some([tract, simdact]) => print!(" {tract:>10.3} {simdact:>10.3} {:>6.2}", simdact / tract),
                None => print!(" {:>28}", ""),
            }
            let shown = expected.iter().filter(|label| *label != "0").cloned().collect::<Vec<_>>().join(" ");
            let shown = if shown.len() > 60 { format!("{} answers", expected.len()) } else { shown };
            let same = [("tract", tract), ("simdact", simdact)].map(|(name, answer)| (name, answer == expected));
            let differ: Vec<&str> = same.iter().filter(|(_, same)| !same).map(|(name, _)| *name).collect();
            println!(
                "  {shown}{}",
                if differ.is_empty() { String::new() } else { format!(" – not {}", differ.join(", ")) }
            );
            all_same &= simdact == expected;
        }
        all_same
    }
}

#[test]
fn answers_are_those_of_onnxruntime() -> TractResult<()> {
    let cache = default_cache();
    let Some(found) = fetch(&cache)? else {
        println!("skipped: PyPI does not answer");
        return Ok(());
    };
    for model in ["magika", "direction", "detector", "recogniser"] {
        let compared = compare(&cache, &found, model, 0)?;
        assert!(!compared.cases.is_empty());
        for case in &compared.cases {
            let [expected, _, simdact] = &case.answers;
            assert_eq!(simdact, expected, "{model}: {}", case.what);
            assert!(case.differences[1] < 1e-4, "{model}, {}: {}", case.what, case.differences[1]);
        }
    }
    Ok(())
}
