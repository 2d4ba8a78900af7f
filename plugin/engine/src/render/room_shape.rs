//! Size and decay of a room: which of its responses are heard, and how they fall.
//! Built on the loader thread, asked on the audio thread.
//! Promises that the room as trained is one response with a gain of exactly 1 (test: `the_room_as_trained_is_one_response`), and as
//! much power at every size (test: `a_size_between_two_keeps_the_power`).
//!
//! A response stretched in time is another filter, so it is made on load at a few sizes, half an octave apart; what is
//! between two is both, their squared gains summing to one, as they have next to nothing in common. The decay
//! is an exponential over the response, on top of its own: a gain for each partition, and for each tap of the first.

use super::partitions::{Grid, Partitioned};

/// Sizes that a room is made at: its response takes this many times as long.
pub(super) const SIZES: [f64; 5] = [0.5, std::f64::consts::FRAC_1_SQRT_2, 1.0, std::f64::consts::SQRT_2, 2.0];
/// Where in them the room as trained is.
pub(super) const TRAINED: usize = 2;
/// What falls under this (-120 dB) is left out.
const NEGLIGIBLE: f32 = 1e-6;
/// Nepers in 60 decibels.
const NEPERS_60_DB: f64 = 6.907_755_278_982_137;

/// What a player makes of a room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RoomShape {
    /// 0.5 to 2, 1 as trained.
    pub size: f32,
    /// Share of the trained decay time, 0.1 to 1.
    pub decay: f32,
}

impl RoomShape {
    /// As trained.
    pub const TRAINED: Self = Self { size: 1.0, decay: 1.0 };
}

/// How one of the responses is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// Which one.
    pub response: usize,
    /// Linear.
    pub gain: f32,
    /// Nepers by which it falls in a sample, beside its own decay.
    pub fall: f32,
    /// Partitions after the first that are heard.
    pub count: usize,
}

impl Part {
    /// Gain at `sample` of the response.
    pub fn gain_at(&self, sample: f32) -> f32 {
        if self.fall == 0.0 { self.gain } else { self.gain * (-self.fall * sample).exp() }
    }
}

/// One room at all its sizes; or, where there is no more, one response that nothing changes.
pub(super) struct Responses {
    /// See [`Grid`].
    pub grid: Grid,
    /// In the order of [`SIZES`], or one.
    pub sizes: Vec<Partitioned>,
    /// Nepers by which the room as trained falls in a sample of the host; 0 where it is no decay.
    own_fall: f64,
}

impl Responses {
    /// One response that stays as it is.
    pub fn fixed(grid: &Grid, response: &[f32]) -> Self {
        Self { grid: grid.clone(), sizes: vec![grid.cut(response)], own_fall: 0.0 }
    }

    /// A room at all [`SIZES`], which as trained falls by 60 dB in `decay_samples` of the host, if it does.
    pub fn sized(grid: &Grid, responses: &[Vec<f32>; SIZES.len()], decay_samples: Option<f64>) -> Self {
        let sizes = responses.iter().map(|response| grid.cut(response)).collect();
        Self { grid: grid.clone(), sizes, own_fall: decay_samples.map_or(0.0, |samples| NEPERS_60_DB / samples) }
    }

    /// The shape without what changes nothing here.
    pub fn effective(&self, shape: RoomShape) -> RoomShape {
        RoomShape {
            size: if self.sizes.len() > 1 { shape.size } else { 1.0 },
            decay: if self.own_fall > 0.0 { shape.decay } else { 1.0 },
        }
    }

    /// The one or two responses that an effective shape is made of.
    pub fn parts(&self, shape: RoomShape) -> [Option<Part>; 2] {
        if self.sizes.len() == 1 {
            return [Some(self.part(0, 1.0, 1.0, shape.decay)), None];
        }
        let place = (2.0 * shape.size.log2() + TRAINED as f32).clamp(0.0, (SIZES.len() - 1) as f32);
        let (lower, between) = (place as usize, place.fract());
        if between == 0.0 {
            return [Some(self.part(lower, SIZES[lower], 1.0, shape.decay)), None];
        }
        let (far, near) = (between * std::f32::consts::FRAC_PI_2).sin_cos();
        [(lower, near), (lower + 1, far)].map(|(index, gain)| Some(self.part(index, SIZES[index], gain, shape.decay)))
    }

    /// Partitions of the response as trained, after the first.
    pub fn trained(&self) -> usize {
        self.sizes.get(TRAINED).or(self.sizes.first()).map_or(0, |response| response.count)
    }

    /// Partitions of the longest response, after the first.
    pub fn longest(&self) -> usize {
        self.sizes.iter().map(|response| response.count).max().unwrap_or(0)
    }

    /// Partitions that are heard of an effective shape, after the first.
    pub fn reach(&self, shape: RoomShape) -> usize {
        self.parts(shape).iter().flatten().map(|part| part.count).max().unwrap_or(0)
    }

    /// Writes the taps of the first partition of an effective shape, last first.
    pub fn write_head(&self, shape: RoomShape, head: &mut [f32]) {
        head.fill(0.0);
        for part in self.parts(shape).iter().flatten() {
            let taps = head.iter_mut().rev().zip(&self.sizes[part.response].head);
            for (index, (head, tap)) in taps.enumerate() {
                *head += part.gain_at(index as f32) * tap;
            }
        }
    }

    fn part(&self, response: usize, size: f64, gain: f32, decay: f32) -> Part {
        // A larger room decays for longer by itself.
        let fall = (self.own_fall / size * (1.0 / f64::from(decay) - 1.0)) as f32;
        let whole = self.sizes[response].count;
        let count = if fall > 0.0 {
            let samples = (gain / NEGLIGIBLE).ln() / fall;
            whole.min((samples / self.grid.partition as f32).ceil() as usize)
        } else {
            whole
        };
        Part { response, gain, fall, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn responses() -> Responses {
        let room = SIZES.map(|size| vec![0.1; (4_000.0 * size) as usize]);
        Responses::sized(&Grid::new(48_000.0), &room, Some(24_000.0))
    }

    #[test]
    fn the_room_as_trained_is_one_response() {
        let room = responses();
        assert_eq!(
            room.parts(RoomShape::TRAINED),
            [Some(Part { response: TRAINED, gain: 1.0, fall: 0.0, count: 15 }), None]
        );
        let mut head = vec![0.0; 256];
        room.write_head(RoomShape::TRAINED, &mut head);
        assert_eq!(head, vec![0.1; 256]);
        for (size, index) in [(0.5, 0), (2.0, 4)] {
            let [first, second] = room.parts(RoomShape { size, decay: 1.0 });
            assert!(first.is_some_and(|part| part.response == index && part.gain == 1.0) && second.is_none());
        }
    }

    #[test]
    fn a_size_between_two_keeps_the_power() {
        for size in [0.6, 0.99, 1.1, 1.9] {
            let parts = responses().parts(RoomShape { size, decay: 1.0 });
            let power: f32 = parts.iter().flatten().map(|part| part.gain * part.gain).sum();
            assert!((power - 1.0).abs() < 1e-6);
        }
    }
}
