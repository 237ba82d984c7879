//! In which order rows are made, so that each is read while it is still in the nearest caches, and how many of each tensor are needed
//! at a time: the last row of the net asks for what it reads, and so on down to the picture.

use super::graph::Graph;

/// The order of rows for pictures of one height.
pub(super) struct Schedule {
    /// Tensors, each time for its next row.
    pub(super) order: Vec<usize>,
    /// Of each tensor how many rows are held.
    pub(super) held: Vec<usize>,
}

impl Schedule {
    /// For a picture of `height` rows, a multiple of 32.
    pub(super) fn new(graph: &Graph, height: usize) -> Schedule {
        let tensors = graph.scales.len();
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); tensors];
        for (at, step) in graph.steps.iter().enumerate() {
            step.reads(0).for_each(|(from, ..)| readers[from].push(at));
        }
        let mut walk = Walk {
            graph,
            readers,
            rows: graph.scales.iter().map(|scale| height / scale).collect(),
            made: vec![0; tensors],
            schedule: Schedule { order: Vec::new(), held: vec![1; tensors] },
        };
        let last = tensors - 1;
        for row in 0..walk.rows[last] {
            walk.want(last, row);
        }
        walk.schedule
    }
}

struct Walk<'a> {
    graph: &'a Graph,
    /// Of each tensor the steps that read it.
    readers: Vec<Vec<usize>>,
    /// Of each tensor how many rows it has and how many are made.
    rows: Vec<usize>,
    made: Vec<usize>,
    schedule: Schedule,
}

impl Walk<'_> {
    /// Makes a tensor's rows up to this one.
    fn want(&mut self, tensor: usize, row: usize) {
        let graph = self.graph;
        while self.made[tensor] <= row {
            if let Some(step) = tensor.checked_sub(1).map(|step| &graph.steps[step]) {
                for (from, _, last) in step.reads(self.made[tensor]) {
                    let last = last.cast_unsigned().min(self.rows[from] - 1);
                    self.want(from, last);
                }
            }
            self.schedule.order.push(tensor);
            self.made[tensor] += 1;
            let held = self.made[tensor] - self.oldest(tensor).min(self.made[tensor] - 1);
            self.schedule.held[tensor] = self.schedule.held[tensor].max(held);
        }
    }

    /// The first row of a tensor that a later row of another one reads.
    fn oldest(&self, tensor: usize) -> usize {
        let readers = self.readers[tensor].iter().filter(|step| self.made[*step + 1] < self.rows[*step + 1]);
        let reads = readers.flat_map(|step| self.graph.steps[*step].reads(self.made[step + 1]));
        let firsts = reads.filter(|(from, ..)| *from == tensor).map(|(_, first, _)| first.max(0).cast_unsigned());
        firsts.min().unwrap_or(usize::MAX)
    }
}
