//! Published models, with their activations and softmax computed by simdact: do they answer as onnxruntime does, and how
//! long does it take beside tract alone?
//!
//! `cargo run --release -p simdact-tract --example models` fetches them from PyPI by way of the script `models`, which
//! has onnxruntime compute what is expected, and fails where an answer differs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tract_onnx::tract_hir::internal::*;

const MODELS: [&str; 4] = ["magika", "direction", "detector", "recogniser"];

/// How long an input is timed at most.
const LONGEST: Duration = Duration::from_secs(15);

/// How often it is timed, by both in turns; the fastest counts.
const ROUNDS: usize = 60;

fn main() -> TractResult<()> {
    let Some(found) = fetch()? else {
        println!("skipped: PyPI does not answer");
        return Ok(());
    };
    let mut same = true;
    for model in MODELS {
        same &= found.compare(model, ROUNDS)?.print();
    }
    ensure!(same, "an answer is not onnxruntime's");
    println!("\nAll answers are those of onnxruntime.");
    Ok(())
}

/// What the script left in its cache.
struct Found {
    cache: PathBuf,
    inputs: Vec<Input>,
}

/// An input of a model.
struct Input {
    model: String,
    what: String,
    /// Tensors in the cache: the input, and what onnxruntime makes of it.
    number: String,
    shapes: [Vec<usize>; 2],
}

/// Runs the script; nothing where PyPI does not answer.
fn fetch() -> TractResult<Option<Found>> {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let cache = target.unwrap_or_else(|| crate_root.join("../../target")).join("tract-models");
    let status = Command::new("python3").arg(crate_root.join("models")).arg(&cache).status();
    let status = status.context("python3 is needed")?;
    if status.code() == Some(3) {
        return Ok(None);
    }
    ensure!(status.success(), "the script `models` failed");
    let cases = std::fs::read_to_string(cache.join("cases.tsv"))?;
    let inputs = cases.lines().map(Input::parse).collect::<TractResult<_>>()?;
    Ok(Some(Found { cache, inputs }))
}

impl Input {
    fn parse(line: &str) -> TractResult<Input> {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[model, what, number, input, output] = &fields[..] else { bail!("five fields are wanted: {line}") };
        let shape = |sizes: &str| sizes.split(' ').map(|size| Ok(size.parse()?)).collect::<TractResult<Vec<usize>>>();
        let shapes = [shape(input)?, shape(output)?];
        Ok(Input { model: model.into(), what: what.into(), number: number.into(), shapes })
    }
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

impl Found {
    fn compare(&self, model: &str, rounds: usize) -> TractResult<Compared> {
        let path = self.cache.join(format!("{model}.onnx"));
        let mut compared = Compared { model: model.to_owned(), summary: String::new(), cases: vec![] };
        let mut plans = None;
        match self::plans(&path, None) {
            Ok((any_size, summary)) => (plans, compared.summary) = (Some(any_size), summary),
            Err(error) => {
                println!("\n{model}: for any size of input, tract by itself says: {}", error.root_cause());
                println!("so that each size has a plan of its own");
            }
        }
        let any_size = plans.is_some();
        for Input { what, number, shapes, .. } in self.inputs.iter().filter(|input| input.model == model) {
            let input = self.tensor(model, &format!("{number}.input"), &shapes[0])?;
            let expected = self.tensor("", &format!("{number}.output"), &shapes[1])?;
            let is_new = compared.cases.iter().all(|case| case.shape != shapes[0]);
            if is_new && !any_size {
                let (this_size, summary) = self::plans(&path, Some(&input))?;
                (plans, compared.summary) = (Some(this_size), summary);
            }
            let plans = plans.as_ref().context("plans")?;
            let run = |plan: &Arc<TypedRunnableModel>| -> TractResult<Tensor> {
                Ok(plan.run(tvec!(input.clone().into()))?.remove(0).into_tensor())
            };
            let (plain, rewritten) = (run(&plans[0])?, run(&plans[1])?);
            let differences = [difference(&expected, &plain)?, difference(&expected, &rewritten)?];
            let answer = |output| self.answer(model, output);
            let answers = [answer(&expected)?, answer(&plain)?, answer(&rewritten)?];
            let mut times = None;
            if is_new {
                let (begun, fastest) = (Instant::now(), times.insert([Duration::MAX; 2]));
                for _ in 0..rounds {
                    if begun.elapsed() > LONGEST {
                        break;
                    }
                    for (plan, fastest) in plans.iter().zip(fastest.iter_mut()) {
                        let start = Instant::now();
                        run(plan)?;
                        *fastest = start.elapsed().min(*fastest);
                    }
                }
            }
            compared.cases.push(Case { what: what.clone(), shape: shapes[0].clone(), answers, differences, times });
        }
        Ok(compared)
    }

    /// A tensor that the script left: of f32, but what magika reads is integers.
    fn tensor(&self, model: &str, file: &str, shape: &[usize]) -> TractResult<Tensor> {
        let bytes = std::fs::read(self.cache.join(file))?;
        let words = bytes.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]);
        if model == "magika" {
            Tensor::from_shape(shape, &words.map(i32::from_le_bytes).collect::<Vec<_>>())
        } else {
            Tensor::from_shape(shape, &words.map(f32::from_le_bytes).collect::<Vec<_>>())
        }
    }

    /// What the model says: the most probable label of each row, the boxes of text, or the numbers of the letters.
    fn answer(&self, model: &str, output: &Tensor) -> TractResult<Vec<String>> {
        let output = output.to_plain_array_view::<f32>()?;
        let shape = output.shape();
        let values = output.as_slice().context("contiguous")?;
        if model == "detector" {
            let &[_, _, _, width] = shape else { bail!("an image is wanted, not {shape:?}") };
            return Ok(boxes(values, width).iter().map(|edges| format!("{edges:?}")).collect());
        }
        let labels = std::fs::read_to_string(self.cache.join(format!("{model}.labels"))).unwrap_or_default();
        let labels: Vec<&str> = labels.lines().collect();
        let rows = values.chunks_exact(*shape.last().context("rows")?);
        let best = rows.map(|row| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0));
        Ok(best.map(|index| labels.get(index).map_or(index.to_string(), |label| label.to_string())).collect())
    }
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

fn difference(a: &Tensor, b: &Tensor) -> TractResult<f32> {
    let (a, b) = (a.to_plain_array_view::<f32>()?, b.to_plain_array_view::<f32>()?);
    ensure!(a.shape() == b.shape(), "{:?} and {:?}", a.shape(), b.shape());
    Ok(a.iter().zip(&b).fold(0.0, |most, (a, b)| f32::max(most, (a - b).abs())))
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
    let Some(found) = fetch()? else {
        println!("skipped: PyPI does not answer");
        return Ok(());
    };
    for model in MODELS {
        let compared = found.compare(model, 0)?;
        assert!(!compared.cases.is_empty());
        for case in &compared.cases {
            let [expected, _, simdact] = &case.answers;
            assert_eq!(simdact, expected, "{model}: {}", case.what);
            assert!(case.differences[1] < 2e-4, "{model}, {}: {}", case.what, case.differences[1]);
        }
    }
    Ok(())
}
