//! simdact raced against other libraries, in one process.
//!
//! [`cases`] is the table of what is measured, [`race`] how. Each kind of rival is one file, which says how it is
//! called. [`capi`] has the entry points by which the programs in C and Python run the same cases on the same values.
#![deny(unsafe_code)]

pub mod candle;
#[allow(unsafe_code)]
pub mod capi;
pub mod cases;
pub mod errors;
pub mod ours;
pub mod plain;
#[path = "../../report/src/processor.rs"]
mod processor;
pub mod race;
#[allow(unsafe_code)]
mod registers;
pub mod report;
#[allow(unsafe_code)]
pub mod rten;
pub mod tract;
pub mod wide;
