//! What a model file says about itself (docs/model-format.md, docs/model-format-newt.md), read and checked field by field.
//! Loader thread; read-only afterwards, so any thread may look.
//! Whatever is missing, mistyped or out of range is a fault that names the field
//! (tests: `each_missing_field_is_named`, `each_field_out_of_range_is_named`).

use super::container::METADATA_KEY;
use super::error::ModelFault;
use super::fields::Fields;
use super::gesture::Performance;
use super::gesture_fields::performance;
use super::matching::Matching;
use super::matching_fields::matching;
use serde_json::Value;

/// Most latent dimensions of a model.
pub const MAX_LATENT: usize = 16;
/// Most elements that all states of one row hold together.
pub const MAX_STATE_ELEMENTS: usize = 65_536;
/// Most state tensors.
const MAX_STATES: usize = 256;
/// Most shapers of a waveshaping model.
const MAX_SHAPERS: u64 = 512;
/// Most layers of a shaper's network.
const MAX_LAYERS: usize = 16;
/// Widest layer of a shaper's network.
const WIDEST_LAYER: usize = 64;
/// Longest impulse response, seconds.
const LONGEST_IMPULSE_RESPONSE: f64 = 10.0;
/// Longest hop, seconds.
const LONGEST_HOP: f64 = 0.1;

/// Everything that a model file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// How it sounds.
    pub family: Family,
    /// What the player sees.
    pub name: String,
    /// Who trained it.
    pub author: String,
    /// SPDX expression or a sentence.
    pub licence: String,
    /// The recordings.
    pub trained_on: String,
    /// Training rate, hertz, 8000 to 192000.
    pub sample_rate: f64,
    /// Training hop, samples at `sample_rate`.
    pub hop: u32,
    /// The pitch input.
    pub pitch: PitchFeature,
    /// The loudness input.
    pub loudness: LoudnessFeature,
    /// The latent inputs, at most [`MAX_LATENT`].
    pub latent: Vec<LatentDimension>,
    /// Partials of the harmonics or of the exciter, 1 to 512.
    pub harmonics: usize,
    /// Noise bands, 2 to 1025.
    pub noise_bands: usize,
    /// The recurrent states.
    pub states: Vec<StateShape>,
    /// The impulse response, where there is one.
    pub impulse_response: Option<ImpulseResponseShape>,
    /// SHA-256 of the kit's parity file, hexadecimal.
    pub parity_sha256: String,
    /// A short text for the player.
    pub card: Option<String>,
    /// How the recorded players shape notes, where the model knows it.
    pub performance: Option<Performance>,
    /// How it is brought in line with other instruments.
    pub matching: Matching,
}

/// How a model makes its sound, and the sizes that belong to that.
#[derive(Clone, Debug, PartialEq)]
pub enum Family {
    /// Harmonics and filtered noise (Engel et al., ICLR 2020).
    Ddsp,
    /// Neural waveshaping (Hayes et al., ISMIR 2021).
    Newt(NewtShape),
}

/// Sizes of a neural waveshaping model.
#[derive(Clone, Debug, PartialEq)]
pub struct NewtShape {
    /// Shapers, 1 to 512.
    pub shapers: usize,
    /// Partials of the exciter at or above this are left out, hertz; at most half the training rate.
    pub exciter_top_hz: f64,
    /// Outputs of each layer of a shaper's sine network, the last 1; none where the shapers are another network.
    pub layers: Option<Vec<usize>>,
}

/// Lengths of an impulse response, samples at the training rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpulseResponseShape {
    /// All of it.
    pub samples: usize,
    /// What always sounds, from the first sample on; the rest is the room. At least 1.
    pub direct: usize,
}

/// What the pitch feature is linear in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PitchUnit {
    /// MIDI pitch; 69 is 440 Hz.
    Midi,
    /// Hertz.
    Hertz,
}

/// The pitch input and its trained range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PitchFeature {
    /// What it is linear in.
    pub unit: PitchUnit,
    /// Feature = value x scale + offset.
    pub scale: f64,
    /// Feature = value x scale + offset.
    pub offset: f64,
    /// Lowest trained MIDI pitch.
    pub low: f32,
    /// Highest trained MIDI pitch.
    pub high: f32,
}

impl PitchFeature {
    /// The input for a MIDI pitch, clamped to the trained range. Not-a-number counts as the lowest pitch.
    pub fn feature(&self, midi_pitch: f32) -> f32 {
        let midi = f64::from(midi_pitch.max(self.low).min(self.high));
        let value = match self.unit {
            PitchUnit::Midi => midi,
            PitchUnit::Hertz => 440.0 * ((midi - 69.0) / 12.0).exp2(),
        };
        (value * self.scale + self.offset) as f32
    }
}

/// How the kit measured loudness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoudnessMeasure {
    /// A-weighted mean square (IEC 61672-1).
    AWeighted,
    /// Plain mean square.
    Power,
}

/// The loudness input and its trained range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoudnessFeature {
    /// How it was measured.
    pub measure: LoudnessMeasure,
    /// Feature = decibels x scale + offset.
    pub scale: f64,
    /// Feature = decibels x scale + offset.
    pub offset: f64,
    /// Quietest trained frame of a sounding note, decibels.
    pub low_db: f32,
    /// Loudest trained frame, decibels.
    pub high_db: f32,
    /// Sustain level of velocity 1, decibels.
    pub soft_db: f32,
    /// Sustain level of velocity 127, decibels.
    pub loud_db: f32,
}

impl LoudnessFeature {
    /// The input for a loudness, clamped to the trained range. Not-a-number counts as the quietest.
    pub fn feature(&self, loudness_db: f32) -> f32 {
        let db = f64::from(loudness_db.max(self.low_db).min(self.high_db));
        (db * self.scale + self.offset) as f32
    }
}

/// One latent input.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentDimension {
    /// What the player sees.
    pub name: String,
    /// Lowest useful value.
    pub low: f32,
    /// Highest useful value.
    pub high: f32,
    /// Where it rests.
    pub default: f32,
}

impl LatentDimension {
    /// The value at a place: -1 is the low end, 0 the default, 1 the high end. Not-a-number counts as the default.
    pub fn at(&self, place: f32) -> f32 {
        let place = if place.is_nan() { 0.0 } else { place.clamp(-1.0, 1.0) };
        let end = if place < 0.0 { self.low } else { self.high };
        self.default + place.abs() * (end - self.default)
    }

    /// The input for a value, clamped to the range. Not-a-number counts as the default.
    pub fn feature(&self, value: f32) -> f32 {
        if value.is_nan() { self.default } else { value.max(self.low).min(self.high) }
    }
}

/// One recurrent state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateShape {
    /// Name, without the prefix of the tensor.
    pub name: String,
    /// Shape of one row.
    pub shape: Vec<usize>,
}

impl StateShape {
    /// Elements of one row.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Metadata {
    /// Elements of one row of all states together.
    pub fn state_width(&self) -> usize {
        self.states.iter().map(StateShape::elements).sum()
    }

    /// Reads the text of the metadata property.
    pub fn parse(text: &str) -> Result<Self, ModelFault> {
        let value: Value = serde_json::from_str(text).map_err(|error| ModelFault::Field {
            field: METADATA_KEY.into(),
            found: format!("text that is not JSON ({error})"),
            expected: "a JSON object".into(),
        })?;
        let root = Fields::root(&value, METADATA_KEY)?;
        root.integer("format_version", 1..=1)?;
        let is_newt = root.choice("family", &[("ddsp", false), ("newt", true)])?;
        let is_name = |text: &str| !text.trim().is_empty() && text.chars().count() <= 64;
        let name = root.text_where("name", "a text of 1 to 64 characters", is_name)?.to_string();
        let (author, licence, trained_on) = (root.text("author")?, root.text("licence")?, root.text("trained_on")?);
        let in_rates = |rate: f64| (8_000.0..=192_000.0).contains(&rate);
        let sample_rate = root.number("sample_rate", "a number from 8000 to 192000", in_rates)?;
        let hop = root.integer("hop", 16..=8192)?;
        if hop as f64 > LONGEST_HOP * sample_rate {
            let expected =
                format!("at most {} samples, which is 100 ms at {sample_rate} Hz", LONGEST_HOP * sample_rate);
            return Err(root.fault("hop", hop, expected));
        }
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let family = if is_newt { Family::Newt(newt(&root, sample_rate)?) } else { Family::Ddsp };
        let pitch = pitch(&root)?;
        Ok(Self {
            family,
            name,
            author: author.into(),
            licence: licence.into(),
            trained_on: trained_on.into(),
            sample_rate,
            hop: hop as u32,
            pitch,
            loudness: loudness(&root)?,
            latent: latent(&root)?,
            harmonics: root.integer("harmonics", 1..=512)? as usize,
            noise_bands: root.integer("noise_bands", 2..=1025)? as usize,
            states: states(&root)?,
            impulse_response: impulse_response(&root, sample_rate)?,
            parity_sha256: root.text_where("parity_sha256", "64 hexadecimal digits", is_hash)?.to_ascii_lowercase(),
            card: root.optional_text("card")?.map(Into::into),
            performance: performance(&root)?,
            matching: matching(&root, &pitch)?,
        })
    }
}

fn scale(fields: &Fields) -> Result<f64, ModelFault> {
    fields.number("scale", "a number other than 0", |scale| scale != 0.0)
}

fn offset(fields: &Fields) -> Result<f64, ModelFault> {
    fields.number("offset", "a number", |_| true)
}

fn pitch(root: &Fields) -> Result<PitchFeature, ModelFault> {
    let fields = root.object("pitch")?;
    let in_midi = |pitch: f64| (0.0..=127.0).contains(&pitch);
    let low = fields.number("low", "a MIDI pitch from 0 to 127", in_midi)?;
    let high = fields.number("high", &format!("a MIDI pitch above pitch.low ({low}), at most 127"), |high| {
        in_midi(high) && high > low
    })?;
    Ok(PitchFeature {
        unit: fields.choice("unit", &[("midi", PitchUnit::Midi), ("hz", PitchUnit::Hertz)])?,
        scale: scale(&fields)?,
        offset: offset(&fields)?,
        low: low as f32,
        high: high as f32,
    })
}

fn loudness(root: &Fields) -> Result<LoudnessFeature, ModelFault> {
    let fields = root.object("loudness")?;
    let low = fields.number("low_db", "a number of decibels", |_| true)?;
    let high = fields.number("high_db", &format!("a number above loudness.low_db ({low})"), |high| high > low)?;
    let soft =
        fields.number("soft_db", &format!("a number from {low} to under {high}"), |db| db >= low && db < high)?;
    let loud =
        fields.number("loud_db", &format!("a number above loudness.soft_db ({soft}), at most {high}"), |db| {
            db > soft && db <= high
        })?;
    Ok(LoudnessFeature {
        measure: fields
            .choice("measure", &[("a_weighted", LoudnessMeasure::AWeighted), ("power", LoudnessMeasure::Power)])?,
        scale: scale(&fields)?,
        offset: offset(&fields)?,
        low_db: low as f32,
        high_db: high as f32,
        soft_db: soft as f32,
        loud_db: loud as f32,
    })
}

fn latent(root: &Fields) -> Result<Vec<LatentDimension>, ModelFault> {
    let dimension = |fields: Fields| {
        let is_name = |text: &str| !text.trim().is_empty();
        let name = fields.text_where("name", "a text of at least 1 character", is_name)?.to_string();
        let low = fields.number("low", "a number", |_| true)?;
        let high = fields.number("high", &format!("a number above low ({low})"), |high| high > low)?;
        let inside = |value: f64| (low..=high).contains(&value);
        let default = fields.number("default", &format!("a number from {low} to {high}"), inside)?;
        Ok(LatentDimension { name, low: low as f32, high: high as f32, default: default as f32 })
    };
    root.objects("latent", MAX_LATENT)?.into_iter().map(dimension).collect()
}

/// The list `states` of an object.
pub fn states(root: &Fields) -> Result<Vec<StateShape>, ModelFault> {
    let mut states: Vec<StateShape> = Vec::new();
    let mut elements = 0_usize;
    for fields in root.objects("states", MAX_STATES)? {
        let name = fields.text_where("name", "a name of letters, digits and _", |text| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })?;
        if states.iter().any(|state| state.name == name) {
            return Err(fields.fault("name", format!("\"{name}\" a second time"), "a name of its own"));
        }
        let shape = fields.sizes("shape")?;
        let product = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        elements = elements.saturating_add(product.unwrap_or(usize::MAX));
        if elements > MAX_STATE_ELEMENTS {
            let expected = format!("at most {MAX_STATE_ELEMENTS} elements in all states together");
            return Err(fields.fault("shape", format!("{shape:?}"), expected));
        }
        states.push(StateShape { name: name.into(), shape });
    }
    Ok(states)
}

fn newt(root: &Fields, sample_rate: f64) -> Result<NewtShape, ModelFault> {
    let fields = root.object("newt")?;
    let shapers = fields.integer("shapers", 1..=MAX_SHAPERS)? as usize;
    let highest = sample_rate / 2.0;
    let expected = format!("a number above 0, at most {highest}");
    let exciter_top_hz = fields.number("exciter_top_hz", &expected, |hertz| hertz > 0.0 && hertz <= highest)?;
    let expected = format!("null or a list of 1 to {MAX_LAYERS} integers from 1 to {WIDEST_LAYER}, the last 1");
    let layers = fields.sizes_or_null("layers", &expected, |widths| {
        widths.len() <= MAX_LAYERS && widths.iter().all(|width| *width <= WIDEST_LAYER) && widths.last() == Some(&1)
    })?;
    Ok(NewtShape { shapers, exciter_top_hz, layers })
}

fn impulse_response(root: &Fields, sample_rate: f64) -> Result<Option<ImpulseResponseShape>, ModelFault> {
    let Some(fields) = root.object_or_null("impulse_response")? else { return Ok(None) };
    let longest = (LONGEST_IMPULSE_RESPONSE * sample_rate) as u64;
    let samples = fields.integer("samples", 1..=longest)?;
    let direct = fields.optional_integer("direct", 1..=samples)?.unwrap_or(1);
    Ok(Some(ImpulseResponseShape { samples: samples as usize, direct: direct as usize }))
}
