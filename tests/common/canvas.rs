//! Pictures of the generator: brightness and colour from 0 to 1, made with arithmetic that gives the same bits everywhere.

use super::glyphs;

/// A rectangle of pixels: first column, first row, columns, rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

impl Rect {
    pub const fn new(x: u32, y: u32, w: u32, h: u32) -> Rect {
        Rect { x, y, w, h }
    }

    pub fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.x && y >= self.y && x < self.x + self.w && y < self.y + self.h
    }

    /// Grown by `margin` on each side, clipped at 0.
    pub fn grown(&self, margin: u32) -> Rect {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        Rect { x, y, w: self.x + self.w + margin - x, h: self.y + self.h + margin - y }
    }
}

/// A number between 0 and 1 that depends only on its arguments.
pub fn noise(seed: u32, x: u32, y: u32) -> f32 {
    let mut h = seed.wrapping_mul(0x9e37_79b9) ^ x.wrapping_mul(0x85eb_ca6b) ^ y.wrapping_mul(0xc2b2_ae35);
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^= h >> 16;
    (h >> 8) as f32 / 16_777_216.0
}

/// Smooth noise: values at the corners of cells of `cell` pixels, blended between.
pub fn clouds(seed: u32, x: u32, y: u32, cell: u32) -> f32 {
    let (cx, cy) = (x / cell, y / cell);
    let (fx, fy) = ((x % cell) as f32 / cell as f32, (y % cell) as f32 / cell as f32);
    let (fx, fy) = (fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy));
    let top = noise(seed, cx, cy) * (1.0 - fx) + noise(seed, cx + 1, cy) * fx;
    let bottom = noise(seed, cx, cy + 1) * (1.0 - fx) + noise(seed, cx + 1, cy + 1) * fx;
    top * (1.0 - fy) + bottom * fy
}

/// A colour picture, `columns` × `rows`, red, green and blue from 0 (black) to 1.
#[derive(Clone)]
pub struct Canvas {
    pub columns: u32,
    pub rows: u32,
    pub pixels: Vec<[f32; 3]>,
}

impl Canvas {
    pub fn new(columns: u32, rows: u32, colour: impl Fn(u32, u32) -> [f32; 3]) -> Canvas {
        let pixels = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y))).map(|(x, y)| colour(x, y)).collect();
        Canvas { columns, rows, pixels }
    }

    /// A grey picture.
    pub fn grey(columns: u32, rows: u32, level: impl Fn(u32, u32) -> f32) -> Canvas {
        Canvas::new(columns, rows, |x, y| [level(x, y); 3])
    }

    pub fn at(&self, x: u32, y: u32) -> [f32; 3] {
        self.pixels[(y * self.columns + x) as usize]
    }

    /// Brightness of a pixel.
    pub fn level(&self, x: u32, y: u32) -> f32 {
        let [r, g, b] = self.at(x, y);
        0.299 * r + 0.587 * g + 0.114 * b
    }

    pub fn set(&mut self, x: u32, y: u32, colour: [f32; 3]) {
        if x < self.columns && y < self.rows {
            self.pixels[(y * self.columns + x) as usize] = colour;
        }
    }

    pub fn fill(&mut self, area: Rect, colour: [f32; 3]) {
        for y in area.y..area.y + area.h {
            for x in area.x..area.x + area.w {
                self.set(x, y, colour);
            }
        }
    }

    /// Noise of full range inside `area`, for pictures that may differ only there.
    pub fn scribble(&mut self, area: Rect, seed: u32) {
        for y in area.y..area.y + area.h {
            for x in area.x..area.x + area.w {
                self.set(x, y, [noise(seed, x, y), noise(seed + 1, x, y), noise(seed + 2, x, y)]);
            }
        }
    }

    /// As [`Canvas::text`], for closures that give nothing.
    pub fn write(&mut self, text: &str, x: u32, y: u32, height: u32, colour: [f32; 3]) {
        self.text(text, x, y, height, colour);
    }

    /// Writes `text` with its top left at (`x`, `y`), letters `height` pixels high; gives the area of the letters.
    pub fn text(&mut self, text: &str, x: u32, y: u32, height: u32, colour: [f32; 3]) -> Rect {
        let area = Rect::new(x, y, glyphs::width(text, height), height.max(7));
        for v in 0..area.h {
            for u in 0..area.w {
                let part = glyphs::coverage(text, height, u, v);
                if part > 0.0 && x + u < self.columns && y + v < self.rows {
                    let under = self.at(x + u, y + v);
                    let mix = |i: usize| under[i] * (1.0 - part) + colour[i] * part;
                    self.set(x + u, y + v, [mix(0), mix(1), mix(2)]);
                }
            }
        }
        area
    }
}

/// An ultrasound sector: speckle in a fan below (`apex_x`, `apex_y`), black around it. `seed` moves the speckle.
pub fn fan(columns: u32, rows: u32, apex_x: u32, apex_y: u32, radius: u32, seed: u32) -> Canvas {
    Canvas::grey(columns, rows, |x, y| {
        let (dx, dy) = (x as f32 - apex_x as f32, y as f32 - apex_y as f32);
        let distance = (dx * dx + dy * dy).sqrt();
        let radius = radius as f32;
        if dy <= 0.0 || dx.abs() > dy * 0.8 || distance < radius * 0.12 || distance > radius {
            return 0.0;
        }
        let depth = distance / radius;
        let tissue = 0.25 + 0.5 * clouds(7, x, y, 24) * clouds(11, x, y, 61);
        let (vx, vy) = (dx - radius * 0.05, dy - radius * 0.62);
        let wall = (vx * vx + vy * vy * 2.0) / (radius * radius * 0.02);
        let vessel = (wall * wall).clamp(0.3, 1.0);
        let speckle = 0.45 + 0.55 * clouds(seed, x, y, 3) + 0.25 * (noise(seed + 1, x, y) - 0.5);
        (tissue * speckle * vessel * (1.15 - 0.5 * depth)).clamp(0.0, 1.0)
    })
}

/// A chest-like radiograph: dark lungs, bright spine and ribs, soft edges, some grain.
pub fn radiograph(columns: u32, rows: u32, grain: f32) -> Canvas {
    let soft = |t: f32| {
        let t = t.clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    Canvas::grey(columns, rows, |x, y| {
        let (u, v) = (x as f32 / columns as f32 * 2.0 - 1.0, y as f32 / rows as f32 * 2.0 - 1.0);
        let body = soft((1.02 - (u * u * 1.1 + v * v * 0.28).sqrt()) * 5.0);
        let lung = |centre: f32| {
            let (a, b) = ((u - centre) / 0.33, (v + 0.05) / 0.68);
            soft((1.0 - (a * a + b * b).sqrt()) * 4.0)
        };
        let lungs = lung(-0.42) + lung(0.42);
        let spine = soft((0.11 - u.abs()) * 14.0);
        let wave = (v * 9.0 + u.abs() * 3.0).fract();
        let rib = soft(0.5 - (wave - 0.5).abs() * 3.0) * lungs;
        let level = body * (0.62 - 0.42 * lungs.min(1.0) + 0.14 * rib + 0.2 * spine) + 0.03 * clouds(5, x, y, 17);
        (level + grain * (noise(3, x, y) - 0.5)).clamp(0.0, 1.0)
    })
}

/// A smooth colour picture with some structure and no flat areas, for codecs.
pub fn tapestry(columns: u32, rows: u32, seed: u32) -> Canvas {
    Canvas::new(columns, rows, |x, y| {
        let wash = |k: u32, cell: u32| 0.15 + 0.7 * clouds(seed + k, x, y, cell);
        let grain = 0.06 * (noise(seed + 9, x, y) - 0.5);
        [wash(0, 23) + grain, wash(1, 31) + grain, wash(2, 19) + grain].map(|c| c.clamp(0.0, 1.0))
    })
}
