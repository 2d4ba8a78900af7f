//! One note: what a key that was struck asks for, from its note-on until it is told as ended.
//! Pure, control thread. Whether and how it sounds is a part's business (see [`super::part`]).

use super::channel::{Shares, Touch};
use super::modulation::Offsets;
use super::smooth::Smoother;
use crate::event::{Expression, KeyPitch, NoteAddress, Setting};

/// What is played on one note's own, by CLAP's note expressions or MIDI's polyphonic pressure.
#[derive(Clone, Copy, Debug)]
pub struct Expressions {
    /// Linear gain, 0 to 4.
    pub volume: Smoother,
    /// -1 to 1.
    pub pan: Smoother,
    /// Semitones.
    pub tuning: Smoother,
    /// 0 to 1.
    pub vibrato: Smoother,
    /// 0 to 1.
    pub expression: Smoother,
    /// 0 to 1.
    pub brightness: Smoother,
    /// 0 to 1.
    pub pressure: Smoother,
}

impl Expressions {
    fn new() -> Self {
        Self {
            volume: Smoother::new(1.0),
            pan: Smoother::new(0.0),
            tuning: Smoother::new(0.0),
            vibrato: Smoother::new(0.0),
            expression: Smoother::new(1.0),
            brightness: Smoother::new(0.5),
            pressure: Smoother::new(0.0),
        }
    }

    /// One of them.
    pub fn of(&mut self, expression: Expression) -> &mut Smoother {
        match expression {
            Expression::Volume => &mut self.volume,
            Expression::Pan => &mut self.pan,
            Expression::Tuning => &mut self.tuning,
            Expression::Vibrato => &mut self.vibrato,
            Expression::Expression => &mut self.expression,
            Expression::Brightness => &mut self.brightness,
            Expression::Pressure => &mut self.pressure,
        }
    }

    fn advance(&mut self, shares: &Shares) {
        let Self { volume, pan, tuning, vibrato, expression, brightness, pressure } = self;
        tuning.advance(shares.pitch);
        for value in [volume, pan, vibrato, expression, brightness, pressure] {
            value.advance(shares.controller);
        }
    }
}

impl Expression {
    /// Least and greatest value. Values outside are clamped.
    pub fn range(self) -> (f32, f32) {
        match self {
            Self::Volume => (0.0, 4.0),
            Self::Pan => (-1.0, 1.0),
            Self::Tuning => (-128.0, 128.0),
            Self::Vibrato | Self::Expression | Self::Brightness | Self::Pressure => (0.0, 1.0),
        }
    }
}

/// The host's offsets of those settings that it can modulate for single notes, each in its own unit.
#[derive(Clone, Copy, Debug)]
pub struct Modulation {
    offsets: [Smoother; Setting::MODULATED.len()],
}

impl Modulation {
    /// None.
    pub fn new() -> Self {
        Self { offsets: [Smoother::new(0.0); Setting::MODULATED.len()] }
    }

    /// The offset of one setting, where it can be modulated.
    pub fn of(&mut self, setting: Setting) -> Option<&mut Smoother> {
        self.offsets.get_mut(place(setting)?)
    }

    /// The offset now; 0 where the setting cannot be modulated.
    pub fn offset(&self, setting: Setting) -> f32 {
        place(setting).map_or(0.0, |place| self.offsets[place].value())
    }

    /// Everything is where it was going.
    pub fn snap(&mut self) {
        self.offsets.iter_mut().for_each(Smoother::snap);
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.offsets.iter_mut().for_each(|offset| offset.advance(shares.controller));
    }
}

impl Default for Modulation {
    fn default() -> Self {
        Self::new()
    }
}

fn place(setting: Setting) -> Option<usize> {
    PLACES[setting as usize].map(usize::from)
}

/// Place of each setting among those that can be modulated.
const PLACES: [Option<u8>; Setting::ALL.len()] = {
    let mut places = [None; Setting::ALL.len()];
    let mut place = 0;
    while place < Setting::MODULATED.len() {
        places[Setting::MODULATED[place] as usize] = Some(place as u8);
        place += 1;
    }
    places
};

/// A key's pitch, moving smoothly where the scale changes under a note.
#[derive(Clone, Copy, Debug)]
pub struct ScaledPitch {
    /// MIDI semitones.
    semitones: Smoother,
    /// How far it follows the reference pitch: 1, or 0 where A4 is at 440 Hz in any case.
    following: Smoother,
}

impl ScaledPitch {
    /// At once; `None` for a silent key.
    pub fn new(pitch: KeyPitch) -> Option<Self> {
        let (semitones, following) = parts_of(pitch)?;
        Some(Self { semitones: Smoother::new(semitones), following: Smoother::new(following) })
    }

    /// Begins to go there. A key that falls silent lets its notes sound on.
    pub fn aim(&mut self, pitch: KeyPitch) {
        if let Some((semitones, following)) = parts_of(pitch) {
            self.semitones.aim(semitones);
            self.following.aim(following);
        }
    }

    /// MIDI semitones at A4 = 440 Hz, where the reference pitch is `reference` semitones higher than that.
    pub fn at(&self, reference: f32) -> f32 {
        self.semitones.value() + self.following.value() * reference
    }

    fn advance(&mut self, shares: &Shares) {
        self.semitones.advance(shares.pitch);
        self.following.advance(shares.pitch);
    }
}

fn parts_of(pitch: KeyPitch) -> Option<(f32, f32)> {
    match pitch {
        KeyPitch::Relative(semitones) => Some((semitones, 1.0)),
        KeyPitch::Absolute(semitones) => Some((semitones, 0.0)),
        KeyPitch::Silent => None,
    }
}

/// One note.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// Channel and key known.
    pub address: NoteAddress,
    /// 0 to 15.
    pub channel: usize,
    /// 0 to 127.
    pub key: u8,
    /// 0 to 1.
    pub velocity: f32,
    /// Sample position of its note-on.
    pub begun_at: u64,
    /// How many keys were struck before its own.
    pub order: u64,
    /// The key is down.
    pub key_down: bool,
    /// The sostenuto pedal came down while it was held.
    pub caught: bool,
    /// The soft pedal was down when it began.
    pub soft: bool,
    /// Of its key.
    pub pitch: ScaledPitch,
    /// Its own expression.
    pub expressions: Expressions,
    /// Its own offsets of settings, by the host.
    pub modulation: Modulation,
    /// The same by the matrix.
    pub(super) offsets: Offsets,
    /// What the finger did last, of a zone's member whose key came up: from then on the channel is another note's.
    pub frozen: Option<Touch>,
}

impl Note {
    /// A key that is struck at `at`.
    pub fn new(channel: usize, key: u8, id: Option<i32>, velocity: f32, pitch: ScaledPitch, at: u64) -> Self {
        Self {
            address: NoteAddress::of(channel as u8, key, id),
            channel,
            key,
            velocity,
            begun_at: at,
            order: 0,
            key_down: true,
            caught: false,
            soft: false,
            pitch,
            expressions: Expressions::new(),
            modulation: Modulation::new(),
            offsets: Offsets::default(),
            frozen: None,
        }
    }

    /// Whether both are the same key of the same channel.
    pub fn has_key_of(&self, other: &Self) -> bool {
        (self.channel, self.key) == (other.channel, other.key)
    }

    /// Lets the time of `shares` pass.
    pub fn advance(&mut self, shares: &Shares) {
        self.pitch.advance(shares);
        self.expressions.advance(shares);
        self.modulation.advance(shares);
        if let Some(touch) = &mut self.frozen {
            touch.advance(shares);
        }
    }
}
