//! What one file may claim before it is refused, in one place.

/// Bounds on everything that is read from a file before it is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the value of one element that is not top-level pixel data.
    pub element_bytes: u64,
    /// Bytes of all values that are kept in memory for one file, top-level pixel data not counted.
    pub header_bytes: u64,
    /// Sequences inside sequences.
    pub depth: usize,
    /// Elements, items and their ends of one file; half a million take about 220 MB as an object.
    pub elements: usize,
    /// Fragments of one pixel element.
    pub fragments: usize,
    /// Bytes that a deflated data set may inflate to.
    pub inflated_bytes: u64,
    /// Inflated bytes kept in memory; more go to an unnamed temporary file.
    pub inflated_in_memory: u64,
    /// Bytes of one frame, coded or decoded.
    pub frame_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            element_bytes: 64 << 20,
            header_bytes: 128 << 20,
            depth: 64,
            elements: 500_000,
            fragments: 2_000_000,
            inflated_bytes: 1 << 30,
            inflated_in_memory: 32 << 20,
            frame_bytes: 1 << 30,
        }
    }
}
