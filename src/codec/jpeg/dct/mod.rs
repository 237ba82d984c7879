//! DCT JPEG: baseline, extended and progressive streams of 8 and 12 bits, read and blanked as coefficients.
