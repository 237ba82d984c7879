//! The generator of test files and the means to run the real binary, shared by tests, benches and `examples/make_testdata.rs`.
//!
//! `judge` and `run` need the library and the binary and are only used by tests.
#![allow(dead_code, missing_docs)]

pub mod bad;
pub mod canvas;
pub mod case;
pub mod coding;
pub mod demo;
pub mod dicom;
pub mod format;
pub mod glyphs;
pub mod header;
pub mod j2k;
pub mod judge;
pub mod run;
pub mod shot;

pub mod table;
pub mod traps;

pub use header::PLANTED;
