//! From a height in the field to what a player does for it: how hard a key is struck, and how a note that sounds is led louder
//! or softer.
//! Pure; window's thread.
//! What is struck at a height is asked for at that loudness (tests: `a_strike_asks_for_its_height`; with the engine in
//! `tests/tests/editor_glance.rs`: `a_press_in_the_field_plays_there_until_it_is_let_go`).
//!
//! The engine asks for `soft + share (loud - soft)`, spread around velocity 100 by *Dynamics* (`perform::dynamics`). A note that
//! sounds is led softer by its expression, which takes 40 dB (`perform::channel::expression_db`), and louder by its
//! pressure, which adds as much as *Pressure* says.

use crate::editor::scene::Scene;
use timbrel_engine::event::{Event, Expression, NoteAddress, Setting};
use timbrel_engine::model::LoudnessFeature;
use timbrel_engine::perform::channel::expression_db;

/// Velocity around which loudness is spread, and velocity of the softest note; as in `perform::dynamics`.
const NEUTRAL: f32 = 100.0 / 127.0;
const SOFTEST: f32 = 1.0 / 127.0;
/// Less than this of *Velocity* or *Dynamics* cannot be turned round.
const LEAST: f32 = 0.05;

/// How an instrument answers to a player's hands, under its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    soft_db: f32,
    loud_db: f32,
    /// *Velocity*, 0 to 1.
    amount: f32,
    /// *Dynamics*, 0 to 2.
    span: f32,
    /// *Loudness*, decibels.
    offset_db: f32,
    /// *Pressure*, decibels.
    pressure_db: f32,
}

/// How far a note is led away from what its key asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lead {
    /// Semitones.
    pub semitones: f32,
    /// Decibels of loudness asked for.
    pub db: f32,
}

impl Touch {
    /// Of the instrument that plays, if one does.
    pub fn of(scene: &Scene) -> Option<Self> {
        let LoudnessFeature { soft_db, loud_db, .. } = scene.first.as_ref()?.metadata().loudness;
        let setting = |setting: Setting| {
            scene.snapshot().map_or_else(|| Setting::initial(setting), |snapshot| snapshot.setting(setting))
        };
        Some(Self {
            soft_db,
            loud_db,
            amount: setting(Setting::VelocityAmount),
            span: setting(Setting::Dynamics),
            offset_db: setting(Setting::Loudness),
            pressure_db: setting(Setting::PressureAmount),
        })
    }

    /// Loudness of velocity 100, without *Loudness*.
    fn middle_db(&self) -> f32 {
        self.at((NEUTRAL - SOFTEST) / (1.0 - SOFTEST))
    }

    fn at(&self, share: f32) -> f32 {
        self.soft_db + share * (self.loud_db - self.soft_db)
    }

    /// Loudness that a velocity (0 to 1) asks for, decibels in the model's measure.
    pub fn db(&self, velocity: f32) -> f32 {
        let velocity = NEUTRAL + self.amount * (velocity - NEUTRAL);
        let middle = self.middle_db();
        let plain = self.at(((velocity - SOFTEST) / (1.0 - SOFTEST)).clamp(0.0, 1.0));
        middle + self.span * (plain - middle) + self.offset_db
    }

    /// Velocity that comes nearest to a loudness, 1/127 to 1.
    pub fn velocity(&self, db: f32) -> f32 {
        if self.amount < LEAST || self.span < LEAST {
            return NEUTRAL;
        }
        let middle = self.middle_db();
        let plain = middle + (db - self.offset_db - middle) / self.span;
        let share = (plain - self.soft_db) / (self.loud_db - self.soft_db);
        let velocity = SOFTEST + share * (1.0 - SOFTEST);
        (NEUTRAL + (velocity - NEUTRAL) / self.amount).clamp(SOFTEST, 1.0)
    }

    /// What leads a note there: its tuning, its expression and its pressure.
    pub fn events(&self, note: NoteAddress, lead: Lead) -> [Event; 3] {
        let asked_db = lead.db / self.span.max(LEAST);
        let softer = (1.0 - asked_db.min(0.0) / expression_db(0.0)).clamp(0.0, 1.0);
        // Where pressure makes notes softer, or nothing, none is given.
        let louder = if self.pressure_db > 0.5 { (asked_db.max(0.0) / self.pressure_db).min(1.0) } else { 0.0 };
        [(Expression::Tuning, lead.semitones), (Expression::Expression, softer), (Expression::Pressure, louder)]
            .map(|(expression, value)| Event::NoteExpression { note, expression, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOUCH: Touch =
        Touch { soft_db: -42.0, loud_db: -14.0, amount: 1.0, span: 1.0, offset_db: 0.0, pressure_db: 6.0 };

    #[test]
    fn a_strike_asks_for_its_height() {
        for touch in [TOUCH, Touch { amount: 0.5, span: 1.6, offset_db: 3.0, ..TOUCH }] {
            for db in [-28.0, -22.0, -17.0] {
                let asked = touch.db(touch.velocity(db));
                println!("{db} dB: velocity {:.2}, {asked:.2} dB", touch.velocity(db));
                assert!((asked - db).abs() < 0.01);
            }
        }
        assert_eq!([TOUCH.velocity(-90.0), TOUCH.velocity(0.0)], [SOFTEST, 1.0]);
        assert_eq!(Touch { amount: 0.0, ..TOUCH }.velocity(-30.0), NEUTRAL);
    }

    #[test]
    fn a_lead_is_softer_by_expression_and_louder_by_pressure() {
        let values = |lead: Lead| {
            TOUCH.events(NoteAddress::of(0, 60, None), lead).map(|event| match event {
                Event::NoteExpression { value, .. } => value,
                _ => f32::NAN,
            })
        };
        assert_eq!(values(Lead { semitones: 0.3, db: -10.0 }), [0.3, 0.75, 0.0]);
        assert_eq!(values(Lead { semitones: -2.0, db: 3.0 }), [-2.0, 1.0, 0.5]);
        assert_eq!(values(Lead::default()), [0.0, 1.0, 0.0]);
    }
}
