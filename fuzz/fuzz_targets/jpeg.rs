//! Fuzz target; what it does is in `bodies.rs`.
#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code)]
mod bodies;

// Panics of other people's decoders are caught and become errors, so a panic is no finding before it leaves the body.
libfuzzer_sys::fuzz_target!(init: drop(std::panic::take_hook()), |data: &[u8]| { bodies::jpeg(data); });
