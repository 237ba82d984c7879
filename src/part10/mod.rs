//! The container of PS3.10 in both directions: bounded pre-scan, tolerant reading, fragment index, streaming writer.

mod source;
pub use source::Source;
