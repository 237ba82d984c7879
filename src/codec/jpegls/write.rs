//! Writes JPEG-LS streams (ISO 14495-1 annex A, without a near-lossless error): the arithmetic of `scan` the other way round.

use super::context::{Context, RunContext, median};
use super::parameters::{Coding, Parameters};
use super::scan::{CONTEXTS, J};
use super::sink::{Pending, Sink};
use crate::codec::jpeg::header::{EOI, LSE, SOF55, SOS, put_segment};
use crate::error::Result;

/// The samples of one frame.
pub(super) struct Picture<'a> {
    pub rows: u16,
    pub columns: u16,
    /// Samples of a pixel, 1 ..= 4.
    pub count: u8,
    /// Bits of a sample, 2 ..= 16.
    pub precision: u8,
    /// Row after row, those of a pixel together.
    pub values: &'a [u16],
}

/// What the line above and the line itself say of a sample before the errors so far do.
#[derive(Clone, Copy, Debug, Default)]
struct Foreseen {
    /// 81 Q1 + 9 Q2 + Q3 (A.3); 0 means run mode.
    context: i16,
    /// The prediction of the edge detector, A.4.1.
    median: u16,
}

/// State of the scan, as the reader of it will have it.
struct Scan {
    sink: Sink,
    pending: Pending,
    coding: Coding,
    contexts: Box<[Context; CONTEXTS]>,
    runs: [RunContext; 2],
    foreseen: Vec<Foreseen>,
}

impl Scan {
    fn new(bytes: Vec<u8>, p: Parameters) -> Self {
        let coding = Coding::new(p);
        Scan {
            sink: Sink::new(bytes),
            pending: Pending::default(),
            contexts: Box::new([Context::new(coding.first_a); CONTEXTS]),
            runs: [RunContext::new(coding.first_a); 2],
            coding,
            foreseen: Vec::new(),
        }
    }

    /// A run from `x` on and the sample that ends it, A.7; returns where the line goes on.
    #[inline(never)]
    fn run(
        &mut self,
        mut pending: Pending,
        above: &[i32],
        line: &[i32],
        mut x: usize,
        run_index: &mut usize,
    ) -> Result<(Pending, usize)> {
        let (sink, width, ra) = (&mut self.sink, line.len() - 2, line[x - 1]);
        let mut length = line[x..=width].iter().take_while(|value| **value == ra).count();
        x += length;
        while length >= 1 << J[*run_index & 31] {
            pending.put(sink, 1, 1);
            length -= 1 << J[*run_index & 31];
            *run_index = (*run_index + 1).min(31);
        }
        if x > width {
            if length > 0 {
                pending.put(sink, 1, 1);
            }
            return Ok((pending, x));
        }
        // A zero and the length; both together have 16 bits at most.
        pending.put(sink, length as u32, 1 + J[*run_index & 31]);
        let (rb, limit) = (above[x], self.coding.limit - J[*run_index & 31] - 1);
        let [first, second] = &mut self.runs;
        let (context, kind, error) = if ra == rb {
            (second, 1, line[x] - ra)
        } else if ra > rb {
            (first, 0, rb - line[x])
        } else {
            (first, 0, line[x] - rb)
        };
        context.code(&self.coding, (sink, &mut pending), limit, kind, error)?;
        *run_index = run_index.saturating_sub(1);
        Ok((pending, x + 1))
    }

    /// One line of one component, as long as `above`; each has one sample more at each end, as in `scan`.
    fn line(&mut self, above: &[i32], line: &mut [i32], run_index: &mut usize) -> Result<()> {
        pulp::Arch::new().dispatch(Line { scan: self, above, line, run_index })
    }
}

struct Line<'s> {
    scan: &'s mut Scan,
    above: &'s [i32],
    line: &'s mut [i32],
    run_index: &'s mut usize,
}

impl pulp::WithSimd for Line<'_> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Result<()> {
        let Line { scan, above, line, run_index } = self;
        let width = line.len() - 2;
        line[0] = above[1];
        line[width + 1] = line[width];
        let p = scan.coding.p;
        let mut foreseen = std::mem::take(&mut scan.foreseen);
        foreseen.resize(width + 2, Foreseen::default());
        let around = above.iter().zip(&above[1..]).zip(&above[2..]).zip(&*line);
        for (place, (((rc, rb), rd), ra)) in foreseen[1..].iter_mut().zip(around) {
            let [first, second, third] = [(rd, rb), (rb, rc), (rc, ra)].map(|(to, from)| p.level(to.wrapping_sub(*from)));
            *place = Foreseen {
                context: (81 * first).wrapping_add(9 * second).wrapping_add(third) as i16,
                median: median([*ra, *rb, *rc]) as u16,
            };
        }
        let (line, seen) = (&line[..width + 2], &foreseen[..width + 2]);
        let mut pending = scan.pending;
        let mut x = 1;
        while x <= width {
            let Foreseen { context, median } = seen[x];
            if context == 0 {
                (pending, x) = scan.run(pending, above, line, x, run_index)?;
                continue;
            }
            let sign = i32::from(context) >> 31;
            let context = &mut scan.contexts[usize::from(context.unsigned_abs()) % CONTEXTS];
            context.code(&scan.coding, (&mut scan.sink, &mut pending), sign, i32::from(median), line[x])?;
            x += 1;
        }
        scan.pending = pending;
        scan.foreseen = foreseen;
        Ok(())
    }
}

impl Picture<'_> {
    /// The whole stream, of even length, colour interleaved by lines. It says no more than the data set does.
    pub fn write(&self) -> Result<Vec<u8>> {
        let parameters = Parameters::new(u32::from(self.precision), 0, [0; 5])?;
        let mut out = vec![0xFF, 0xD8];
        let mut frame = vec![self.precision];
        frame.extend(self.rows.to_be_bytes());
        frame.extend(self.columns.to_be_bytes());
        frame.push(self.count);
        frame.extend((1..=self.count).flat_map(|name| [name, 0x11, 0]));
        put_segment(&mut out, SOF55, &frame);
        if self.precision > 12 {
            // Readers are known that have other defaults here than the standard; CharLS says them too.
            let Parameters { maxval, t1, t2, t3, reset, .. } = parameters;
            let fields = [maxval, t1, t2, t3, reset].map(|field| (field as u16).to_be_bytes());
            put_segment(&mut out, LSE, &[&[1], fields.as_flattened()].concat());
        }
        let mut header = vec![self.count];
        header.extend((1..=self.count).flat_map(|name| [name, 0]));
        header.extend([0, u8::from(self.count > 1), 0]);
        put_segment(&mut out, SOS, &header);

        let (width, count) = (usize::from(self.columns), usize::from(self.count));
        let mut scan = Scan::new(out, parameters);
        let mut above = vec![vec![0i32; width + 2]; count];
        let mut lines = above.clone();
        let mut run_index = vec![0usize; count];
        for row in self.values.chunks_exact(width * count) {
            for (component, line) in lines.iter_mut().enumerate() {
                let values = row.iter().skip(component).step_by(count);
                line.iter_mut().skip(1).zip(values).for_each(|(place, value)| *place = i32::from(*value));
            }
            for ((above, line), run_index) in above.iter().zip(&mut lines).zip(&mut run_index) {
                scan.line(above, line, run_index)?;
            }
            std::mem::swap(&mut above, &mut lines);
        }
        let mut out = scan.sink.finish(scan.pending);
        out.extend([0xFF, EOI]);
        if out.len() % 2 == 1 {
            out.push(0);
        }
        Ok(out)
    }
}
