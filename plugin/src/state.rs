//! What a saved project holds besides parameter values: which instrument plays, on what and how, and the window's size.
//! Written by the host when it loads a project (any thread), read by the loader, the editor and the audio callback.
//! A reference that nothing changed is saved as it was loaded, whatever it says
//! (test: `a_reference_that_cannot_be_understood_is_saved_unchanged`).

use crate::params::{Control, IDS, TimbrelParams};
use nice_plug::params::persist::PersistentField;
use nice_plug::params::{Param, Params};
use nice_plug::plugin::{ParamValue, PluginState};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use timbrel_engine::event::Setting;
use timbrel_engine::model::{Execution, ModelIdentity};
use timbrel_engine::render::Shaping;

/// Version of the saved form. A project of a later version is played as far as it is understood and saved unchanged.
pub const STATE_VERSION: u32 = 1;
/// The field of the window's size.
const WINDOW: &str = "window";

/// What is asked for: an instrument, or none in particular, another to which it morphs, where their networks run, and how
/// their waveshapers are computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The model of the project; `None` is the default instrument.
    #[serde(default)]
    pub model: Option<ModelIdentity>,
    /// The model to which it morphs; `None` is none.
    #[serde(default)]
    pub second: Option<ModelIdentity>,
    /// CPU or CUDA.
    #[serde(default)]
    pub execution: Execution,
    /// How waveshapers are computed.
    #[serde(default)]
    pub shaping: Shaping,
}

#[derive(Serialize, Deserialize)]
struct Saved<T> {
    version: u32,
    #[serde(flatten)]
    wanted: T,
}

/// The saved choice of instrument.
pub type Reference = Kept<Wanted>;

/// A choice that is kept with the project; a clone is the same choice. Counts its own changes, because a host that loads a
/// project into a running plugin activates nothing anew.
pub struct Kept<T> {
    choice: Arc<Choice>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { choice: self.choice.clone(), of: PhantomData }
    }
}

struct Choice {
    /// As it was loaded or last written; this is what is saved.
    saved: Mutex<Value>,
    generation: AtomicU64,
    /// Times that a host loaded it.
    loads: AtomicU64,
    changed: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

impl<T: Clone + Default + Serialize> Default for Kept<T> {
    fn default() -> Self {
        let choice = Choice {
            saved: Mutex::new(to_saved(&T::default())),
            generation: AtomicU64::new(1),
            loads: AtomicU64::new(0),
            changed: OnceLock::new(),
        };
        Self { choice: Arc::new(choice), of: PhantomData }
    }
}

impl<T: Clone + Default + Serialize + DeserializeOwned> Kept<T> {
    /// Counts changes from 1. Real-time safe.
    pub fn generation(&self) -> u64 {
        self.choice.generation.load(Ordering::Acquire)
    }

    /// How often a host has loaded a project into it.
    pub fn loads(&self) -> u64 {
        self.choice.loads.load(Ordering::Acquire)
    }

    /// What is asked for, and the generation that this belongs to. What cannot be understood is nothing in particular.
    pub fn wanted(&self) -> (T, u64) {
        let saved = self.choice.saved.lock();
        let wanted = T::deserialize(&*saved).unwrap_or_default();
        (wanted, self.generation())
    }

    /// The player chose: from now on this is saved.
    pub fn choose(&self, wanted: &T) {
        self.choice.replace(to_saved(wanted));
    }

    /// Loaded the model that was asked for from elsewhere, or by its path alone: saves where it really is,
    /// without counting as a change. Does nothing if the choice changed meanwhile.
    pub fn found(&self, wanted: &T, generation: u64) {
        let mut saved = self.choice.saved.lock();
        if self.generation() == generation {
            *saved = to_saved(wanted);
        }
    }

    /// Calls `changed` after every change, on the thread that changes. Only the first call has an effect.
    pub fn on_change(&self, changed: Box<dyn Fn() + Send + Sync>) {
        // A second listener would mean two plugins on one set of parameters, which does not exist.
        let _ = self.choice.changed.set(changed);
    }
}

impl Choice {
    fn replace(&self, value: Value) {
        {
            let mut saved = self.saved.lock();
            if *saved == value {
                return;
            }
            *saved = value;
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        if let Some(changed) = self.changed.get() {
            changed();
        }
    }
}

impl<T> PersistentField<'_, Value> for Kept<T> {
    fn set(&self, new_value: Value) {
        self.choice.loads.fetch_add(1, Ordering::AcqRel);
        self.choice.replace(new_value);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&Value) -> R,
    {
        f(&self.choice.saved.lock())
    }
}

fn to_saved<T: Clone + Serialize>(wanted: &T) -> Value {
    // Strings and numbers only, so this cannot fail; `Null` would be read as the default.
    serde_json::to_value(Saved { version: STATE_VERSION, wanted: wanted.clone() }).unwrap_or(Value::Null)
}

/// Gives a state what it lacks because an older release saved it: each parameter's default, or what the release did without
/// it, and nothing learned. Otherwise a running plugin would keep what it has.
pub fn complete(state: &mut PluginState) {
    let defaults = TimbrelParams::default();
    for ((setting, control), id) in defaults.controls().into_iter().zip(IDS) {
        state.params.entry(id.to_owned()).or_insert_with(|| match control {
            // Its notes are as they were.
            Control::Float(_) if setting == Setting::Natural => ParamValue::F32(0.0),
            Control::Float(param) => ParamValue::F32(param.default_plain_value()),
            Control::Int(param) => ParamValue::I32(param.default_plain_value()),
        });
    }
    for (field, value) in defaults.serialize_fields() {
        // Whoever has the window open keeps its size.
        if field != WINDOW {
            state.fields.entry(field).or_insert(value);
        }
    }
}

/// Size of the editor's window in logical pixels.
pub struct WindowSize {
    width: AtomicU32,
    height: AtomicU32,
}

impl WindowSize {
    /// Width and height of a new instance's editor.
    pub const DEFAULT: (u32, u32) = (1120, 760);
    /// Nothing is cut off down to here.
    pub const SMALLEST: (u32, u32) = (760, 500);
    /// More than any screen.
    const LARGEST: u32 = 8192;

    /// Width and height, logical pixels.
    pub fn get(&self) -> (u32, u32) {
        (self.width.load(Ordering::Relaxed), self.height.load(Ordering::Relaxed))
    }

    /// Takes a new size, brought into the range that makes sense.
    pub fn store(&self, (width, height): (u32, u32)) {
        self.width.store(width.clamp(Self::SMALLEST.0, Self::LARGEST), Ordering::Relaxed);
        self.height.store(height.clamp(Self::SMALLEST.1, Self::LARGEST), Ordering::Relaxed);
    }
}

impl Default for WindowSize {
    fn default() -> Self {
        Self { width: AtomicU32::new(Self::DEFAULT.0), height: AtomicU32::new(Self::DEFAULT.1) }
    }
}

impl PersistentField<'_, (u32, u32)> for WindowSize {
    fn set(&self, new_value: (u32, u32)) {
        self.store(new_value);
    }

    fn map<F, R>(&self, f: F) -> R
    where
        F: Fn(&(u32, u32)) -> R,
    {
        f(&self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn a_state_of_an_older_release_is_completed_with_what_it_did() {
        let mut old = PluginState {
            version: "0.1.0".into(),
            params: BTreeMap::from([("gain".to_owned(), ParamValue::F32(-6.0))]),
            fields: BTreeMap::from([("window".to_owned(), "[760,520]".to_owned())]),
        };
        complete(&mut old);
        assert_eq!(old.params.len(), IDS.len());
        assert!(matches!(old.params["gain"], ParamValue::F32(gain) if gain == -6.0));
        assert!(matches!(old.params["limit"], ParamValue::I32(1)));
        // Notes that nobody shaped then stay plain; what would have shaped them is where it is in a new instance.
        assert!(matches!(old.params["natural"], ParamValue::F32(0.0)));
        assert!(matches!(old.params["nvib"], ParamValue::F32(0.0)));
        assert_eq!(old.fields["controllers"], "{}");
    }

    #[test]
    fn a_reference_that_cannot_be_understood_is_saved_unchanged() {
        let params = TimbrelParams::default();
        let mut fields = params.serialize_fields();
        let strange = json!({ "version": 99, "model": { "of": "the future" }, "more": [1, 2] });
        fields.insert("instrument".into(), strange.to_string());
        params.deserialize_fields(&fields);
        assert_eq!(params.instrument.wanted().0, Wanted::default());
        let again: Value = serde_json::from_str(&params.serialize_fields()["instrument"]).unwrap();
        assert_eq!(again, strange);
    }

    #[test]
    fn a_loaded_state_counts_as_a_change_once() {
        let reference = Reference::default();
        let before = reference.generation();
        let value = json!({ "version": 1, "model": null, "execution": "Cuda", "x": 1 });
        PersistentField::set(&reference, value.clone());
        PersistentField::set(&reference, value);
        assert_eq!(reference.generation(), before + 1);
    }

    #[test]
    fn the_window_never_shrinks_to_nothing() {
        let size = WindowSize::default();
        size.store((1, 1));
        assert_eq!(size.get(), WindowSize::SMALLEST);
    }
}
