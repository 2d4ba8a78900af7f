//! The second instrument's rows on the first one's frames, whatever the two hops are: a track for each slot.
//! Control thread; allocates when it is made.
//! A track depends on what its own slot was asked alone (test: `a_voice_does_not_hear_the_others`), and where the hops agree it is the
//! decoder's own rows (test: `the_ends_of_a_morph_are_the_instruments`).
//!
//! Frame n of the first lies at n x r frames of the second. Its row is on the straight line between the rows before and after;
//! the one after is asked for what is wanted now, so that nothing is later than it was.

use super::bands::Bands;
use crate::frame::FrameLayout;
use crate::model::{Controls, Decode, MAX_ROWS, StepRequest};

/// Steps of the second decoder for one of the first at most; a decoder that is faster than that loses time.
const MOST_STEPS: u64 = 16;

/// See the module.
pub struct Tracks {
    decoder: Box<dyn Decode>,
    bands: Bands,
    /// Frames of the second for one of the first.
    ratio: f64,
    partials: usize,
    tracks: Vec<Track>,
    /// Of each slot: the row before and the row after.
    rows: Vec<f32>,
    asking: Vec<StepRequest>,
    trouble: Option<String>,
}

/// Where one slot is.
#[derive(Clone, Copy, Default)]
struct Track {
    /// Frames of the first since the slot was settled.
    frames: u64,
    /// Rows that were made since.
    made: u64,
    /// Whether the latest of them is a row.
    usable: bool,
}

impl Tracks {
    /// Of a decoder of partials, for `slots` slots of a decoder whose frames are `hop_seconds` apart, as rows of `partials`
    /// partials and of bands as `bands` has them.
    pub fn new(decoder: Box<dyn Decode>, bands: Bands, partials: usize, hop_seconds: f64, slots: usize) -> Self {
        let metadata = decoder.metadata();
        let own = f64::from(metadata.hop) / metadata.sample_rate;
        Self {
            ratio: hop_seconds / own,
            decoder,
            partials,
            tracks: vec![Track::default(); slots],
            rows: vec![0.0; 2 * slots * (partials + bands.len())],
            bands,
            asking: Vec::with_capacity(MAX_ROWS),
            trouble: None,
        }
    }

    /// The decoder.
    pub fn decoder(&self) -> &dyn Decode {
        self.decoder.as_ref()
    }

    /// The decoder, to be asked for gestures.
    pub fn decoder_mut(&mut self) -> &mut dyn Decode {
        self.decoder.as_mut()
    }

    /// What went wrong in the latest step.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The slot begins anew.
    pub fn settle(&mut self, slot: usize, midi_pitch: f32) {
        self.decoder.settle(slot, midi_pitch);
        if let Some(track) = self.tracks.get_mut(slot) {
            *track = Track::default();
        }
    }

    /// Brings the slots of these requests to the next frame of the first.
    pub fn step(&mut self, requests: &[StepRequest]) {
        for _ in 0..MOST_STEPS {
            self.asking.clear();
            for request in requests {
                let Some(track) = self.tracks.get(request.slot) else { continue };
                if track.made < rows_until(track.frames, self.ratio) {
                    self.asking.push(*request);
                }
            }
            if self.asking.is_empty() {
                break;
            }
            self.make_rows();
        }
        for request in requests {
            if let Some(track) = self.tracks.get_mut(request.slot) {
                track.made = track.made.max(rows_until(track.frames, self.ratio));
                track.frames += 1;
            }
        }
    }

    /// Writes the slot's row at the frame to which it was brought, and says whether there is one.
    pub fn read(&self, slot: usize, partials: &mut [f32], noise: &mut [f32]) -> bool {
        let Some(track) = self.tracks.get(slot).filter(|track| track.usable) else { return false };
        let [before, after] = self.pair(slot);
        let place = track.frames.saturating_sub(1) as f64 * self.ratio;
        // Exactly the row after where the two clocks meet.
        let back = (place.ceil() - place) as f32;
        let lines = partials.iter_mut().chain(noise).zip(before.iter().zip(after));
        lines.for_each(|(to, (before, after))| *to = after + (before - after) * back);
        true
    }

    fn make_rows(&mut self) {
        let made = self.decoder.step(&self.asking);
        for row in 0..self.asking.len() {
            let slot = self.asking[row].slot;
            let is_row = made.is_ok() && self.decoder.is_finite(row) && self.decoder.controls(row).is_finite();
            let was_row = self.tracks[slot].usable;
            if is_row {
                self.push(slot, row, was_row);
            }
            let track = &mut self.tracks[slot];
            track.usable = is_row;
            track.made += 1;
        }
        let failed = made.err().map(|error| format!("{}: the decoder failed: {error}", self.decoder.metadata().name));
        self.trouble = self.trouble.take().or(failed);
    }

    /// A new row of a slot; the one after becomes the one before, if there is one.
    fn push(&mut self, slot: usize, row: usize, has_before: bool) {
        let Controls::Ddsp { amplitude, harmonic_distribution, noise_magnitudes } = self.decoder.controls(row) else {
            return;
        };
        let width = self.partials + self.bands.len();
        let (before, after) = self.rows[2 * slot * width..][..2 * width].split_at_mut(width);
        if has_before {
            before.copy_from_slice(after);
        }
        let (partials, noise) = after.split_at_mut(self.partials);
        partials.fill(0.0);
        partials.iter_mut().zip(harmonic_distribution).for_each(|(to, share)| *to = (amplitude * share).max(0.0));
        self.bands.carry(noise_magnitudes, noise);
        if !has_before {
            before.copy_from_slice(after);
        }
    }

    fn pair(&self, slot: usize) -> [&[f32]; 2] {
        let width = self.partials + self.bands.len();
        let (before, after) = self.rows[2 * slot * width..][..2 * width].split_at(width);
        [before, after]
    }
}

/// Rows of the second that a frame of the first needs.
fn rows_until(frame: u64, ratio: f64) -> u64 {
    (frame as f64 * ratio).ceil() as u64 + 1
}

/// Sizes of a layout of partials: partials and noise bands; nothing for films.
pub fn sizes(layout: FrameLayout) -> Option<(usize, usize)> {
    match layout {
        FrameLayout::Ddsp { harmonics, noise_bands } => Some((harmonics, noise_bands)),
        FrameLayout::Newt { .. } => None,
    }
}
