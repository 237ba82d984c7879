//! Defects of other tools, one function each, by their number in the list of known defects; what we must do instead.

#[path = "rivals/carriers.rs"]
mod carriers;
#[path = "rivals/codecs.rs"]
mod codecs;
mod common;
#[path = "rivals/detection.rs"]
mod detection;
#[path = "rivals/fill.rs"]
mod fill;
#[path = "rivals/frames.rs"]
mod frames;
#[path = "rivals/help.rs"]
mod help;
