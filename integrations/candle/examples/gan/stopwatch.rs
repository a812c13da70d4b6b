//! How much of a step goes into activations, there and back: processor time, which other programs do not add to.
//!
//! There, a clock is read before and after. Back, candle calls the nodes of the graph itself: so an activation is put
//! between nodes that do nothing but read the clock when the gradient comes by. They copy on the way there, which is not
//! counted; and candle adds up the gradient of each, which is measured by two of them side by side, and taken off.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use candle_core::cpu_backend::unary_map;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use cpu_time::ProcessTime;

#[derive(Clone, Default)]
pub struct Stopwatch(Arc<Clock>);

#[derive(Default)]
struct Clock {
    runs: AtomicBool,
    /// Nanoseconds.
    total: AtomicU64,
}

impl Stopwatch {
    /// What activations take while `work` is done.
    pub fn measure(&self, work: impl FnOnce() -> Result<()>) -> Result<Duration> {
        self.0.total.store(0, Relaxed);
        self.0.runs.store(true, Relaxed);
        let done = work();
        self.0.runs.store(false, Relaxed);
        done.map(|()| Duration::from_nanos(self.0.total.load(Relaxed)))
    }

    /// An activation; timed if anyone is measuring.
    pub fn time(&self, x: &Tensor, activation: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        if !self.0.runs.load(Relaxed) {
            return activation(x);
        }
        let times = Arc::new(Mutex::new([None; 3]));
        let mark = |x: &Tensor, place| x.apply_op1(Mark { place, times: times.clone(), clock: self.0.clone() });
        // Timed with the strides that it has; a copy has none.
        let start = ProcessTime::now();
        activation(x)?;
        self.0.add(start.elapsed());
        let y = activation(&mark(x, 0)?)?;
        mark(&mark(&y, 1)?, 2)
    }
}

impl Clock {
    fn add(&self, time: Duration) {
        self.total.fetch_add(time.as_nanos() as u64, Relaxed);
    }
}

/// A node that notes when the gradient comes by: at 2 and 1 before it goes back through the activation, at 0 after.
struct Mark {
    place: usize,
    times: Arc<Mutex<[Option<ProcessTime>; 3]>>,
    clock: Arc<Clock>,
}

impl CustomOp1 for Mark {
    fn name(&self) -> &'static str {
        "mark"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(unary_map(storage.as_slice::<f32>()?, layout, |x| x)), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, dy: &Tensor) -> Result<Option<Tensor>> {
        if let Ok(mut times) = self.times.lock() {
            times[self.place] = Some(ProcessTime::now());
            if let [Some(after), Some(between), Some(before)] = *times {
                let spans = (after.duration_since(between), between.duration_since(before));
                self.clock.add(spans.0.saturating_sub(spans.1));
            }
        }
        Ok(Some(dy.clone()))
    }
}
