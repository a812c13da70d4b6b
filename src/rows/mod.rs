//! Functions along an axis: one file for each.

mod log;
mod maxout;
mod softmax;
mod stages;
mod stats;

pub use maxout::{
    maxout, maxout_axis, maxout_axis_backward, maxout_axis_backward_in_place, maxout_axis_in_place, maxout_axis_uninit,
    maxout_axis_with_index, maxout_backward, maxout_backward_in_place, maxout_in_place, maxout_uninit,
    maxout_with_index,
};
pub use softmax::{softmax, softmax_backward, softmax_backward_in_place, softmax_in_place, softmax_uninit};
pub use stats::SoftmaxStats;
