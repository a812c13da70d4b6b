//! How to choose, how to combine, and how to add to it: read in this order, or where it is needed.

/// Accuracy.
#[doc = include_str!("guide/tiers.md")]
pub mod tiers {}

/// Threads.
#[doc = include_str!("guide/threads.md")]
pub mod threads {}

/// Training.
#[doc = include_str!("guide/training.md")]
pub mod training {}

/// Fusing.
#[doc = include_str!("guide/fusing.md")]
pub mod fusing {}

/// Adding an activation.
#[doc = include_str!("guide/adding_an_activation.md")]
pub mod adding_an_activation {}

/// Adding an instruction set.
#[doc = include_str!("guide/adding_an_instruction_set.md")]
pub mod adding_an_instruction_set {}
