//! The sound that the program had when it ended, as a file: what a host would save with a project.
//! Read before anything plays, written by the keeper; never by the audio callback.
//! A broken file is put aside and named, and the program starts without (test: `a_sound_comes_back_from_its_file`).

use super::fault::Fault;
use super::keep;
use crate::params::{Control, IDS, TimbrelParams};
use crate::state;
use nice_plug::params::{Param, Params};
use nice_plug::plugin::{ParamValue, PluginState};
use std::path::{Path, PathBuf};

/// What a project would hold.
pub fn of(params: &TimbrelParams) -> PluginState {
    let value = |(_, control)| match control {
        Control::Float(param) => ParamValue::F32(param.unmodulated_plain_value()),
        Control::Int(param) => ParamValue::I32(param.unmodulated_plain_value()),
    };
    PluginState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        params: IDS.iter().map(|id| (*id).to_owned()).zip(params.controls().into_iter().map(value)).collect(),
        fields: params.serialize_fields(),
    }
}

/// Makes the plugin what a project holds. Parameters that it lacks are completed as those of older releases are.
pub fn put(params: &TimbrelParams, mut saved: PluginState) {
    state::complete(&mut saved);
    for ((_, control), id) in params.controls().into_iter().zip(IDS) {
        match (control, saved.params.get(id)) {
            (Control::Float(_), Some(ParamValue::F32(value))) => control.set(*value),
            (Control::Int(_), Some(ParamValue::I32(value))) => control.set(*value as f32),
            _ => {}
        }
    }
    params.deserialize_fields(&saved.fields);
}

/// The file of the last sound.
pub struct LastSound {
    path: PathBuf,
    /// What the file holds, so that it is written only when it must be.
    written: Option<String>,
}

impl LastSound {
    /// The file at `path`, which need not exist. Reads nothing.
    pub fn at(path: PathBuf) -> Self {
        Self { path, written: None }
    }

    /// Gives the plugin the sound of the file, if there is one.
    pub fn restore(&mut self, params: &TimbrelParams) -> Result<(), Fault> {
        let Some(text) = keep::read(&self.path)? else { return Ok(()) };
        match serde_json::from_str(&text) {
            Ok(saved) => {
                put(params, saved);
                self.written = Some(text);
                Ok(())
            }
            Err(error) => Err(keep::put_aside(&self.path, &error.to_string())),
        }
    }

    /// Writes the file if the sound is another.
    pub fn remember(&mut self, params: &TimbrelParams) -> Result<(), Fault> {
        let text = serde_json::to_string(&of(params)).map_err(|error| Fault::not_kept(&self.path, &error))?;
        if self.written.as_ref() == Some(&text) {
            return Ok(());
        }
        keep::write(&self.path, &text)?;
        self.written = Some(text);
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("last-sound.json");
        let params = TimbrelParams::default();
        for (_, control) in params.controls() {
            let (least, greatest) = control.range();
            control.set(least + (greatest - least) * 0.25);
        }
        params.window.store((900, 700));
        LastSound::at(path.clone()).remember(&params).unwrap();
        let fresh = TimbrelParams::default();
        LastSound::at(path.clone()).restore(&fresh).unwrap();
        let values = |params: &TimbrelParams| params.controls().map(|(_, control)| control.value().to_bits());
        assert_eq!(values(&fresh), values(&params));
        assert_eq!(fresh.window.get(), (900, 700));

        std::fs::write(&path, "{ no sound").unwrap();
        let sentence = LastSound::at(path.clone()).restore(&fresh).unwrap_err().to_string();
        println!("{sentence}");
        assert!(sentence.contains("last-sound.json") && sentence.contains("last-sound.broken.json"));
        assert!(!path.exists() && path.with_file_name("last-sound.broken.json").exists());
        assert_eq!(values(&fresh), values(&params), "what was there stays");
    }
}
