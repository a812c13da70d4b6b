//! Functions along an axis: one file for each.

mod chunks;
mod each;
mod exact;
mod family;
mod log;
mod log_softmax;
mod logsumexp;
mod masked;
mod maxout;
mod maxout_backward;
mod maxout_elements;
mod softmax;
mod softmax1;
mod softmin;
mod stages;
mod stats;
mod strided;

pub use log_softmax::{
    log_softmax, log_softmax_backward, log_softmax_backward_in_place, log_softmax_in_place, log_softmax_uninit,
};
pub use logsumexp::{logsumexp, logsumexp_backward, logsumexp_backward_in_place, logsumexp_in_place, logsumexp_uninit};
pub use masked::{
    Mask, masked_softmax, masked_softmax_backward, masked_softmax_backward_in_place, masked_softmax_in_place,
    masked_softmax_uninit,
};
pub use maxout::{
    maxout, maxout_axis, maxout_axis_in_place, maxout_axis_uninit, maxout_axis_with_index, maxout_in_place,
    maxout_uninit, maxout_with_index,
};
pub use maxout_backward::{
    maxout_axis_backward, maxout_axis_backward_in_place, maxout_backward, maxout_backward_in_place,
};
pub use softmax::{softmax, softmax_backward, softmax_backward_in_place, softmax_in_place, softmax_uninit};
pub use softmax1::{softmax1, softmax1_backward, softmax1_backward_in_place, softmax1_in_place, softmax1_uninit};
pub use softmin::{softmin, softmin_backward, softmin_backward_in_place, softmin_in_place, softmin_uninit};
pub use stats::SoftmaxStats;
