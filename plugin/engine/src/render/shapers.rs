//! The shapers of a group at work: film in, index, shape, film out; from the tables or by the networks.
//! On the audio thread.
//! Promises each lane apart from its neighbours, and the same from every instruction set
//! (test: `every_instruction_set_shapes_alike`).

use super::simd::{Instructions, compiled_for_each, multiply_add};
use super::sine::sine_of_turns;
use super::waveshaper::Tile;
use crate::waveshaping::{Cubic, GROUP, Networks, Octet, ShaperTables};
use std::f32::consts::TAU;

/// The film of one group: lines over a segment's samples, value = base + slope x samples since its start.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FilmLines {
    /// To the index (of tables: in intervals from the lowest one on).
    pub scale: Line,
    /// Added to the index.
    pub shift: Line,
    /// What the shaped value is multiplied with: output scale and weight.
    pub gain: Line,
}

/// Eight lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    /// Values at the segment's start.
    pub base: Octet,
    /// Changes in a sample.
    pub slope: Octet,
}

/// Where the tables of one group are, lane by lane.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TableLanes {
    /// First interval.
    pub first: [u32; GROUP],
    /// Last interval, from the first.
    pub last: [i32; GROUP],
    /// Number of intervals: the highest index.
    pub top: Octet,
    /// Intervals in a unit of index, and the lowest index, to bring film to the tables' own measure.
    pub intervals: Octet,
    /// Lowest index.
    pub low: Octet,
}

/// The tables, ready for the groups.
pub(super) struct TableBank {
    lanes: Vec<TableLanes>,
    /// Never empty.
    cubics: Vec<Cubic>,
}

impl TableBank {
    /// Takes what the model has. Lanes without a shaper read the first interval, with no gain.
    pub fn new(tables: &ShaperTables) -> Self {
        let mut cubics = tables.cubics().to_vec();
        if cubics.is_empty() {
            cubics.push(Cubic::default());
        }
        let mut lanes = vec![TableLanes::default(); tables.shapers().div_ceil(GROUP)];
        for (shaper, span) in tables.spans().iter().enumerate() {
            let (lanes, lane) = (&mut lanes[shaper / GROUP], shaper % GROUP);
            // What reads without looking relies on this.
            assert!(span.intervals > 0 && span.first + span.intervals <= cubics.len());
            lanes.first[lane] = span.first as u32;
            lanes.last[lane] = span.intervals as i32 - 1;
            lanes.top.0[lane] = span.intervals as f32;
            lanes.intervals.0[lane] = span.intervals as f32 / (span.high - span.low);
            lanes.low.0[lane] = span.low;
        }
        Self { lanes, cubics }
    }

    /// Where a group's tables are.
    pub fn lanes(&self, group: usize) -> &TableLanes {
        &self.lanes[group]
    }

    /// Adds what a group makes of its mixes to `sums`, lane by lane. The first sample is sample `offset` of the segment.
    pub fn shape(
        &self,
        instructions: Instructions,
        group: usize,
        film: &FilmLines,
        offset: u32,
        mixes: &[Octet],
        sums: &mut Tile,
    ) {
        let (lanes, cubics) = (&self.lanes[group], self.cubics.as_slice());
        match instructions {
            Instructions::Baseline => shape_in_lanes(lanes, cubics, film, offset, mixes, sums),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Avx2Fma` is only made by `detect`, after the processor said that it has both; all intervals that
            // `lanes` names are in `cubics` (asserted when they were made).
            Instructions::Avx2Fma => unsafe {
                super::shapers_avx2::shape(lanes, cubics, film, offset, mixes, sums);
            },
        }
    }
}

/// The twin of `shapers_avx2::shape` for every other processor.
fn shape_in_lanes(
    lanes: &TableLanes,
    cubics: &[Cubic],
    film: &FilmLines,
    offset: u32,
    mixes: &[Octet],
    sums: &mut Tile,
) {
    for (sample, (mix, sum)) in mixes.iter().zip(sums).enumerate() {
        let time = offset.wrapping_add(sample as u32) as f32;
        for lane in 0..GROUP {
            let at = |line: &Line| line.base.0[lane] + line.slope.0[lane] * time;
            let index = (at(&film.scale) * mix.0[lane] + at(&film.shift)).max(0.0).min(lanes.top.0[lane]);
            let interval = (index as i32).min(lanes.last[lane]);
            let t = index - interval as f32;
            let [c0, c1, c2, c3] = cubics[(lanes.first[lane] + interval as u32) as usize].0;
            sum.0[lane] += at(&film.gain) * (c0 + t * (c1 + t * (c2 + t * c3)));
        }
    }
}

/// The networks, group by group, weights in turns.
pub(super) struct NetworkBank {
    layers: Vec<(usize, usize)>,
    /// Values of all layers of one group.
    stride: usize,
    /// `[group]` of, layer after layer, for each output: its bias, then its weights.
    values: Vec<Octet>,
}

/// Widest layer of the networks.
pub(super) const WIDEST: usize = 64;

impl NetworkBank {
    /// Lays out the networks of `shapers` shapers; layers are at most [`WIDEST`].
    pub fn new(networks: &Networks, shapers: usize) -> Self {
        let layers: Vec<(usize, usize)> = networks.layers.iter().map(|layer| (layer.inputs, layer.outputs)).collect();
        assert!(layers.iter().all(|(inputs, outputs)| (1..=WIDEST).contains(inputs) && (1..=WIDEST).contains(outputs)));
        let stride = layers.iter().map(|(inputs, outputs)| outputs * (inputs + 1)).sum();
        let mut values = vec![Octet::default(); stride * shapers.div_ceil(GROUP)];
        for shaper in 0..shapers {
            let mut group = values[shaper / GROUP * stride..].iter_mut();
            let mut put = |value: f32| {
                if let Some(octet) = group.next() {
                    octet.0[shaper % GROUP] = value / TAU;
                }
            };
            for layer in &networks.layers {
                for output in 0..layer.outputs {
                    let row = shaper * layer.outputs + output;
                    put(layer.biases[row]);
                    layer.weights[row * layer.inputs..][..layer.inputs].iter().copied().for_each(&mut put);
                }
            }
        }
        Self { layers, stride, values }
    }

    /// As [`TableBank::shape`]; the film is in units of index.
    pub fn shape(
        &self,
        instructions: Instructions,
        group: usize,
        film: &FilmLines,
        offset: u32,
        mixes: &[Octet],
        sums: &mut Tile,
    ) {
        let values = &self.values[group * self.stride..][..self.stride];
        shape_by_network(instructions, &self.layers, values, film, offset, mixes, sums);
    }
}

compiled_for_each! {
    fn shape_by_network(
        layers: &[(usize, usize)],
        values: &[Octet],
        film: &FilmLines,
        offset: u32,
        mixes: &[Octet],
        sums: &mut Tile,
    ) => shape_by_network_in_lanes
}

#[inline(always)]
fn shape_by_network_in_lanes<const FMA: bool>(
    layers: &[(usize, usize)],
    values: &[Octet],
    film: &FilmLines,
    offset: u32,
    mixes: &[Octet],
    sums: &mut Tile,
) {
    let mut from = [Octet::default(); WIDEST];
    let mut to = [Octet::default(); WIDEST];
    for (sample, (mix, sum)) in mixes.iter().zip(sums).enumerate() {
        let time = offset.wrapping_add(sample as u32) as f32;
        let at = |line: &Line, lane: usize| multiply_add::<FMA>(line.slope.0[lane], time, line.base.0[lane]);
        for lane in 0..GROUP {
            from[0].0[lane] = multiply_add::<FMA>(at(&film.scale, lane), mix.0[lane], at(&film.shift, lane));
        }
        let mut values = values;
        for (inputs, outputs) in layers {
            for to in &mut to[..*outputs] {
                let (row, rest) = values.split_at(inputs + 1);
                values = rest;
                let mut turns = row[0].0;
                for (weight, from) in row[1..].iter().zip(&from) {
                    for (turns, (weight, from)) in turns.iter_mut().zip(weight.0.iter().zip(from.0)) {
                        *turns = multiply_add::<FMA>(*weight, from, *turns);
                    }
                }
                to.0 = turns.map(sine_of_turns::<FMA>);
            }
            std::mem::swap(&mut from, &mut to);
        }
        for lane in 0..GROUP {
            sum.0[lane] = multiply_add::<FMA>(at(&film.gain, lane), from[0].0[lane], sum.0[lane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::waveshaping::ShaperTables;
    use std::convert::Infallible;

    fn tables() -> ShaperTables {
        let range: Vec<(f32, f32)> = (0..GROUP).map(|shaper| (-3.0, 2.0 + shaper as f32 / 4.0)).collect();
        ShaperTables::bake(&range, |indices| {
            let values = indices.iter().enumerate();
            Ok::<_, Infallible>(values.map(|(at, index)| (index * (1 + at % GROUP) as f32).sin()).collect())
        })
        .unwrap()
    }

    fn film() -> FilmLines {
        let line = |base: f32, slope: f32| Line {
            base: Octet(std::array::from_fn(|lane| base + 0.1 * lane as f32)),
            slope: Octet([slope; GROUP]),
        };
        FilmLines { scale: line(20.0, 0.1), shift: line(30.0, -0.2), gain: line(0.3, 0.001) }
    }

    #[test]
    fn every_instruction_set_shapes_alike() {
        let bank = TableBank::new(&tables());
        let mut mixes: Tile = std::array::from_fn(|sample| {
            Octet(std::array::from_fn(|lane| (0.37 * sample as f32 + lane as f32).sin() * 3.0))
        });
        // What is beyond the range, and what is no number, reads an end.
        mixes[3].0 = [1e30, -1e30, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-30];
        let shape = |instructions| {
            let mut sums: Tile = [Octet([0.01; GROUP]); crate::render::waveshaper::CHUNK];
            bank.shape(instructions, 0, &film(), 77, &mixes, &mut sums);
            sums
        };
        let (baseline, best) = (shape(Instructions::Baseline), shape(Instructions::detect()));
        let differences =
            baseline.iter().zip(&best).flat_map(|(a, b)| (0..GROUP).map(|lane| (a.0[lane] - b.0[lane]).abs()));
        let worst =
            differences.fold(0f32, |worst, difference| if difference.is_nan() { 9.0 } else { worst.max(difference) });
        println!("{:?} against the baseline: {worst:.1e}", Instructions::detect());
        assert!(worst < 2e-6);
    }
}
