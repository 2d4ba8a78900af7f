//! Sentences about instruments that are away, or play otherwise than asked for, for the player.
//! Made on the loader thread, read by the editor.
//! Each names the instrument or the folder that it is about (test: `a_missing_instrument_is_named_and_its_reference_kept`).

use crate::bundle::Bundle;
use std::path::Path;
use std::sync::Arc;
use timbrel_engine::model::library::MissingModel;
use timbrel_engine::model::{Model, ModelIdentity};
use timbrel_engine::render::Shaping;

/// What a load leaves the player to read.
#[derive(Default)]
pub(crate) struct Notices {
    /// The project's instrument is not here, or not the same.
    pub missing: Option<String>,
    /// What it morphs to is not here, not the same, or cannot be played.
    pub second: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// The project's instrument is nowhere.
pub(crate) fn missing(missing: &MissingModel) -> String {
    format!(
        "This project's instrument is not here: {missing}. The default instrument plays; the project keeps its own."
    )
}

/// The project's instrument is here with another content.
pub(crate) fn changed(identity: &ModelIdentity, path: &Path) -> String {
    format!("“{}” has changed since this project was saved; {} plays now.", identity.name, path.display())
}

/// What the project's instrument morphs to is nowhere.
pub(crate) fn second_missing(missing: &MissingModel) -> String {
    format!(
        "What this project's instrument morphs to is not here: {missing}. Morph does nothing; the project keeps it."
    )
}

/// What the project's instrument morphs to cannot be played.
pub(crate) fn second_broken(error: &str) -> String {
    format!(
        "What this project's instrument morphs to cannot be played: {error}. Morph does nothing; the project keeps it."
    )
}

/// There is nothing to play at all.
pub(crate) fn no_instrument(bundle: &Bundle) -> String {
    let looked: Vec<String> = bundle.model_folders().iter().map(|folder| folder.display().to_string()).collect();
    if bundle.shipped_models().is_none() {
        "There is no instrument: Timbrel's resources are not beside the plugin. Please install it again.".to_owned()
    } else {
        format!("There is no instrument in {}.", looked.join(" or "))
    }
}

/// What is other than asked for about instruments that play, if anything is: where they run, how they are shaped.
pub(crate) fn notes<'a>(models: impl Iterator<Item = &'a Arc<Model>>, shaping: Shaping) -> Option<String> {
    let mut sentences: Vec<String> = models.flat_map(|model| notes_of(model, shaping)).collect();
    // Two instruments on one processor say one thing.
    sentences.dedup();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn notes_of(model: &Model, shaping: Shaping) -> impl Iterator<Item = String> + use<> {
    let only_tables = model.waveshaping().is_some_and(|waveshaping| waveshaping.networks.is_none());
    let shapers = (only_tables && shaping == Shaping::Exact)
        .then(|| format!("{} brings no networks; its shapers play from tables.", model.metadata().name));
    model.execution_note().map(str::to_owned).into_iter().chain(shapers)
}
