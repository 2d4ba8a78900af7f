//! What a preset holds of an instance: instruments, the value of every parameter, the modulation matrix, the scale.
//! Taken and put back on the loader thread or the host's main thread; what the audio callback reads of it is atomic.
//! What is taken from one instance and put into another sounds the same, to the bit
//! (tests: `a_sound_comes_back_to_the_bit`; through the packaged plugin `clap_presets`).

use crate::params::{Control, SETTINGS, TimbrelParams};
use crate::state::{STATE_VERSION, Wanted};
use crate::tuning::{SavedFile, TuningChoice};
use nice_plug::params::{Param, Params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use timbrel_engine::model::ModelIdentity;

/// The saved field of the modulation matrix.
const MATRIX: &str = "matrix";
/// What it holds.
const ROWS: &str = "rows";

/// Which instrument a preset means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// As its metadata say.
    pub name: String,
    /// The file's name without folders.
    pub file: String,
    /// SHA-256 of the file's content, in hexadecimal.
    pub sha256: String,
}

/// Everything that is heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// The instrument; `None` is the default one.
    pub instrument: Option<Instrument>,
    /// The other one of a morph.
    pub second: Option<Instrument>,
    /// The parameters' values in their own units, in the order of `params::IDS`.
    pub values: [f32; SETTINGS],
    /// The rows of the modulation matrix, as they are saved with a project; `None` is none.
    pub matrix: Option<Value>,
    /// A scale other than the standard one.
    pub scale: Option<SavedFile>,
    /// A keyboard map other than the standard one.
    pub map: Option<SavedFile>,
}

/// The parameters of an instance that nobody has touched.
pub(super) fn untouched() -> &'static TimbrelParams {
    static UNTOUCHED: OnceLock<TimbrelParams> = OnceLock::new();
    UNTOUCHED.get_or_init(TimbrelParams::default)
}

impl Sound {
    /// What a new instance sounds like.
    pub fn initial() -> Self {
        Self::of(untouched())
    }

    /// What an instance sounds like now, without what the host modulates.
    pub fn of(params: &TimbrelParams) -> Self {
        let (wanted, _) = params.instrument.wanted();
        let (tuning, _) = params.scale.wanted();
        Self {
            instrument: wanted.model.as_ref().map(Instrument::of),
            second: wanted.second.as_ref().map(Instrument::of),
            values: params.controls().map(|(_, control)| plain(control)),
            matrix: rows_of(params),
            scale: tuning.scale.map(nameless),
            map: tuning.map.map(nameless),
        }
    }

    /// Makes an instance sound like this. What else a project holds (where the network runs, learned controllers, the
    /// window) stays as it is.
    pub fn put_into(&self, params: &TimbrelParams) {
        for ((_, control), value) in params.controls().into_iter().zip(self.values) {
            control.set(value);
        }
        let rows = self.matrix.clone().unwrap_or(Value::Array(Vec::new()));
        let matrix = json!({ "version": STATE_VERSION, ROWS: rows });
        params.deserialize_fields(&BTreeMap::from([(MATRIX.to_owned(), matrix.to_string())]));
        let (tuning, _) = params.scale.wanted();
        params.scale.choose(&TuningChoice { scale: self.scale.clone(), map: self.map.clone(), ..tuning });
        let (wanted, _) = params.instrument.wanted();
        params.instrument.choose(&self.wanted(wanted));
    }

    /// The instruments of this sound with the rest of a wish. One that is wanted already is left where it was found.
    fn wanted(&self, now: Wanted) -> Wanted {
        let identity = |instrument: &Option<Instrument>, now: Option<&ModelIdentity>| {
            let instrument = instrument.as_ref()?;
            Some(now.filter(|now| now.sha256 == instrument.sha256).cloned().unwrap_or_else(|| instrument.identity()))
        };
        let model = identity(&self.instrument, now.model.as_ref());
        Wanted { model, second: identity(&self.second, now.second.as_ref()), ..now.clone() }
    }

    /// Whether this is what is heard of `now`. Instruments are the same if their contents are.
    pub fn is_heard_in(&self, now: &Self) -> bool {
        let content = |instrument: &Option<Instrument>| instrument.as_ref().map(|found| found.sha256.clone());
        // An instance that asks for no instrument in particular plays the default, and a preset may have its name.
        let same_first = now.instrument.is_none() || content(&self.instrument) == content(&now.instrument);
        same_first
            && content(&self.second) == content(&now.second)
            && self.values == now.values
            && self.matrix == now.matrix
            && text_of(&self.scale) == text_of(&now.scale)
            && text_of(&self.map) == text_of(&now.map)
    }
}

impl Instrument {
    /// The instrument that a project means.
    pub fn of(identity: &ModelIdentity) -> Self {
        let file = identity.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name: identity.name.clone(), file, sha256: identity.sha256.clone() }
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity { sha256: self.sha256.clone(), name: self.name.clone(), path: PathBuf::from(&self.file) }
    }
}

fn text_of(file: &Option<SavedFile>) -> Option<&str> {
    file.as_ref().map(|file| file.text.as_str())
}

/// Without the folders of whoever saved it.
fn nameless(file: SavedFile) -> SavedFile {
    let name = std::path::Path::new(&file.path).file_name().map(|name| name.to_string_lossy().into_owned());
    SavedFile { path: name.unwrap_or(file.path), text: file.text }
}

/// The rows of the matrix, if there are any.
fn rows_of(params: &TimbrelParams) -> Option<Value> {
    let text = params.serialize_fields().remove(MATRIX)?;
    let mut matrix: Value = serde_json::from_str(&text).ok()?;
    matrix.get_mut(ROWS).map(Value::take).filter(|rows| rows.as_array().is_some_and(|rows| !rows.is_empty()))
}

/// The value without modulation, in the parameter's own unit.
fn plain(control: Control) -> f32 {
    match control {
        Control::Float(param) => param.unmodulated_plain_value(),
        Control::Int(param) => param.unmodulated_plain_value() as f32,
    }
}
