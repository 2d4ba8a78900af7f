//! The modulation matrix of one instance: which source moves which parameter, kept with the project by name. The amounts
//! are parameters.
//! Chosen in the editor or by a loaded project, on any thread; the callback gets finished rows without waiting and sends
//! what changed. Names of a later release are kept, shown and do nothing (tests at the end, `clap_modulation.rs`).

use crate::params::{IDS, TimbrelParams};
use crate::state::Kept;
use crossbeam::queue::ArrayQueue;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use timbrel_engine::event::{Event, ModulationSource, Route, Setting};
use timbrel_engine::perform::modulation::ROWS;

/// What every row does.
pub type Routes = [Option<Route>; ROWS];

/// Saved names and the player's names of the sources, in the editor's order.
pub const SOURCES: [(ModulationSource, &str, &str); ModulationSource::ALL.len()] = [
    (ModulationSource::Lfo1, "lfo1", "LFO 1"),
    (ModulationSource::Lfo2, "lfo2", "LFO 2"),
    (ModulationSource::Envelope1, "env1", "Envelope"),
    (ModulationSource::Envelope2, "env2", "Envelope 2"),
    (ModulationSource::Envelope3, "env3", "Envelope 3"),
    (ModulationSource::Velocity, "velocity", "Velocity"),
    (ModulationSource::Key, "key", "Key"),
    (ModulationSource::Pressure, "pressure", "Pressure"),
    (ModulationSource::Timbre, "timbre", "Timbre (CC 74)"),
    (ModulationSource::Wheel, "wheel", "Wheel"),
    (ModulationSource::Bend, "bend", "Bend"),
    (ModulationSource::Expression, "expression", "Expression"),
    (ModulationSource::Breath, "breath", "Breath"),
    (ModulationSource::Random, "random", "Random"),
    (ModulationSource::Macro1, "macro1", "Macro 1"),
    (ModulationSource::Macro2, "macro2", "Macro 2"),
    (ModulationSource::Macro3, "macro3", "Macro 3"),
    (ModulationSource::Macro4, "macro4", "Macro 4"),
];

/// A row as it is saved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRow {
    /// 1 to 16.
    pub row: u8,
    /// One of [`SOURCES`]; empty is none.
    #[serde(default)]
    pub source: String,
    /// The saved id of a parameter that can be moved; empty is none.
    #[serde(default)]
    pub target: String,
}

/// The rows that do something, or are about to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatrixChoice {
    /// At most one for each row; of several the last counts.
    pub rows: Vec<SavedRow>,
}

impl MatrixChoice {
    /// What is saved of a row, 0 to 15.
    pub fn row(&self, row: usize) -> SavedRow {
        let saved = self.rows.iter().rfind(|saved| usize::from(saved.row) == row + 1).cloned();
        saved.unwrap_or(SavedRow { row: row as u8 + 1, ..SavedRow::default() })
    }

    /// The same with another row in place of the one that it names.
    pub fn with(&self, row: SavedRow) -> Self {
        let mut rows: Vec<SavedRow> = self.rows.iter().filter(|saved| saved.row != row.row).cloned().collect();
        if !(row.source.is_empty() && row.target.is_empty()) {
            rows.push(row);
            rows.sort_by_key(|row| row.row);
        }
        Self { rows }
    }

    /// What every row does. Names that nobody knows do nothing.
    pub fn routes(&self) -> Routes {
        std::array::from_fn(|row| {
            let SavedRow { source, target, .. } = self.row(row);
            Some(Route { source: source_of(&source)?, target: target_of(&target)? })
        })
    }
}

/// The source of this saved name.
pub fn source_of(name: &str) -> Option<ModulationSource> {
    SOURCES.iter().find(|(_, saved, _)| *saved == name).map(|(source, ..)| *source)
}

/// The setting that the parameter of this id moves, where the matrix can move it.
pub fn target_of(id: &str) -> Option<Setting> {
    let place = IDS.iter().position(|known| *known == id)?;
    let setting = TimbrelParams::setting_at(place)?;
    setting.depth().map(|_| setting)
}

/// The matrix of one instance.
pub struct Modulations {
    choice: Kept<MatrixChoice>,
    current: Mutex<Routes>,
    /// The newest rows that the callback has not seen.
    fresh: ArrayQueue<Routes>,
}

impl Modulations {
    /// The matrix that `choice` asks for.
    pub fn new(choice: Kept<MatrixChoice>) -> Arc<Self> {
        let modulations = Arc::new(Self { choice, current: Mutex::new([None; ROWS]), fresh: ArrayQueue::new(1) });
        let itself = Arc::downgrade(&modulations);
        modulations.choice.on_change(Box::new(move || {
            if let Some(modulations) = itself.upgrade() {
                modulations.settle();
            }
        }));
        modulations.settle();
        modulations
    }

    // The host's main thread.

    /// What the callback begins with.
    pub fn start(&self) -> Router {
        let current = self.current.lock();
        while self.fresh.pop().is_some() {}
        Router { wanted: *current, sent: [None; ROWS] }
    }

    // The editor.

    /// What is chosen.
    pub fn choice(&self) -> MatrixChoice {
        self.choice.wanted().0
    }

    /// A row does this from now on.
    pub fn choose(&self, row: SavedRow) {
        self.choice.choose(&self.choice().with(row));
    }

    /// Brings what plays in line with the choice, on the thread that changed it.
    fn settle(&self) {
        // Under the lock, so that of two choices the later one stays.
        let mut current = self.current.lock();
        *current = self.choice().routes();
        self.fresh.force_push(*current);
    }
}

/// The callback's side: sends the engine what changed.
pub struct Router {
    wanted: Routes,
    /// What the engine does.
    sent: Routes,
}

impl Router {
    /// The engine is a new one, whose rows do nothing. Real-time safe.
    pub fn forget(&mut self) {
        self.sent = [None; ROWS];
    }

    /// At the beginning of a block: sends the rows that changed since the last. Real-time safe.
    pub fn follow(&mut self, modulations: &Modulations, mut send: impl FnMut(Event)) {
        if let Some(fresh) = modulations.fresh.pop() {
            self.wanted = fresh;
        }
        for (row, (wanted, sent)) in (0u8..).zip(self.wanted.iter().zip(&mut self.sent)) {
            if wanted != sent {
                *sent = *wanted;
                send(Event::Route { row, route: *wanted });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::params::Params;
    use nice_plug::params::persist::PersistentField;
    use serde_json::{Value, json};

    fn row(row: u8, source: &str, target: &str) -> SavedRow {
        SavedRow { row, source: source.into(), target: target.into() }
    }

    fn followed(router: &mut Router, modulations: &Modulations) -> Vec<(u8, Option<Route>)> {
        let mut sent = Vec::new();
        router.follow(modulations, |event| match event {
            Event::Route { row, route } => sent.push((row, route)),
            _ => panic!("{event:?}"),
        });
        sent
    }

    #[test]
    fn every_source_has_a_name_and_every_name_is_read() {
        for source in ModulationSource::ALL {
            let (_, saved, _) = SOURCES.iter().find(|(found, ..)| *found == source).unwrap();
            assert_eq!(source_of(saved), Some(source));
        }
        assert_eq!(target_of("bright"), Some(Setting::Brightness));
        assert_eq!([target_of("voices"), target_of("lfo1shp"), target_of("of the future")], [None; 3]);
    }

    #[test]
    fn only_changed_rows_are_sent() {
        let params = TimbrelParams::default();
        let modulations = Modulations::new(params.matrix.clone());
        let mut router = modulations.start();
        assert_eq!(followed(&mut router, &modulations), []);
        modulations.choose(row(3, "lfo1", "bright"));
        let route = Some(Route { source: ModulationSource::Lfo1, target: Setting::Brightness });
        assert_eq!(followed(&mut router, &modulations), [(2, route)]);
        assert_eq!(followed(&mut router, &modulations), []);
        router.forget();
        assert_eq!(followed(&mut router, &modulations), [(2, route)]);
        modulations.choose(row(3, "lfo1", ""));
        assert_eq!(followed(&mut router, &modulations), [(2, None)]);
        assert_eq!(modulations.choice().rows, [row(3, "lfo1", "")], "half of a row is kept while it is being chosen");
        modulations.choose(row(3, "", ""));
        assert_eq!(modulations.choice().rows, []);
    }

    #[test]
    fn names_of_a_later_release_are_kept_beside_changed_rows() {
        let params = TimbrelParams::default();
        let modulations = Modulations::new(params.matrix.clone());
        let mut fields = params.serialize_fields();
        let saved = json!({ "version": 1, "rows": [
            { "row": 1, "source": "gyroscope", "target": "bright" }, { "row": 2, "source": "lfo1", "target": "smell" },
        ] });
        fields.insert("matrix".into(), saved.to_string());
        params.deserialize_fields(&fields);
        assert_eq!(modulations.choice().routes(), [None; ROWS]);
        let now: Value = params.matrix.map(Value::clone);
        assert_eq!(now, saved);
        modulations.choose(row(4, "random", "pan"));
        let expected = [row(1, "gyroscope", "bright"), row(2, "lfo1", "smell"), row(4, "random", "pan")];
        assert_eq!(modulations.choice().rows, expected);
        assert!(modulations.choice().routes()[3].is_some());
    }

    #[test]
    fn a_project_without_a_matrix_has_none() {
        let params = TimbrelParams::default();
        let modulations = Modulations::new(params.matrix.clone());
        modulations.choose(row(1, "wheel", "drive"));
        let mut state = nice_plug::plugin::PluginState {
            version: "0.3.0".into(),
            params: Default::default(),
            fields: Default::default(),
        };
        crate::state::complete(&mut state);
        params.deserialize_fields(&state.fields);
        assert_eq!(modulations.choice(), MatrixChoice::default());
    }
}
