//! The generator of test files and the means to run the real binary, shared by tests, benches and `examples/make_testdata.rs`.
#![allow(dead_code, missing_docs, clippy::expect_used)]

pub mod canvas;
pub mod case;
pub mod coding;
pub mod demo;
pub mod dicom;
pub mod format;
pub mod glyphs;
pub mod header;
pub mod table;

pub use header::PLANTED;
