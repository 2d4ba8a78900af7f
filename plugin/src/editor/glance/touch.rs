//! Playing in the field: a press in empty space is a note there, and a dot that is dragged leads its note elsewhere.
//! Window's thread; everything goes through `Hands`.
//! Whatever is begun is ended (test: `a_press_in_the_field_plays_there_until_it_is_let_go` in `tests/tests/editor_glance.rs`).
//!
//! A note that is led comes back when the pointer lets go, as a string does; with Shift held at that moment it stays where it is
//! until it ends.

use super::field::Place;
use super::names;
use super::strike::{Lead, Touch};
use super::tracks::{Track, Tracks, VoiceKey};
use crate::editor::stage::Stage;
use crate::hands::Hands;
use egui::{InputState, PointerButton, Pos2, Response, pos2};
use timbrel_engine::event::{Event, NoteAddress};

/// The channel of notes that are played in the field.
const CHANNEL: u8 = 0;
/// Keys from the nearest one that are tried, where that one sounds already.
const NEIGHBOURS: [i32; 5] = [0, -1, 1, -2, 2];
/// Notes that were led and stay so, at most.
const KEPT: usize = 64;

/// A note that is played by a press.
#[derive(Clone, Copy, Debug)]
struct Press {
    note: NoteAddress,
    /// Loudness that its velocity asks for, decibels.
    struck_db: f32,
    sent: Lead,
}

/// A note that is led by its dot.
#[derive(Clone, Copy, Debug)]
struct Grip {
    voice: VoiceKey,
    note: NoteAddress,
    /// Where the pointer took hold.
    from: Pos2,
    /// How far the note was led before.
    before: Lead,
    sent: Lead,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Fingers {
    press: Option<Press>,
    grip: Option<Grip>,
    kept: Vec<(NoteAddress, Lead)>,
}

impl Fingers {
    /// Plays where the ground is pressed; gives a sign to draw while it is, or while the pointer rests there.
    pub fn play(&mut self, ground: &Response, place: &Place, tracks: &Tracks, stage: &Stage) -> Option<(Pos2, String)> {
        self.kept.retain(|(note, _)| tracks.sounds(note));
        // A note that ends takes its dot away from under the pointer.
        self.grip = self.grip.filter(|grip| tracks.live().any(|track| track.key == grip.voice));
        let hands = &stage.shared.hands;
        let Some(touch) = Touch::of(stage.scene) else {
            self.lift(hands);
            return None;
        };
        let pointer = ground.interact_pointer_pos().filter(|_| ground.dragged_by(PointerButton::Primary));
        let Some(pointer) = pointer else {
            self.lift(hands);
            let rests = ground.hover_pos().filter(|_| self.grip.is_none())?;
            let (pitch, db) = aim(rests, place);
            let velocity = (touch.velocity(db) * 127.0).round();
            return Some((rests, format!("{} · velocity {velocity:.0}", names::pitch_name(pitch))));
        };
        let (pitch, db) = aim(pointer, place);
        let press = match &mut self.press {
            Some(press) => press,
            None => {
                let press = strike(&touch, pitch, db, tracks, hands)?;
                stage.memory.followed.set(None);
                self.press.insert(press)
            }
        };
        let key_pitch = tracks
            .live()
            .find(|track| press.note.matches(&track.view.note))
            .map_or_else(|| f32::from(press.note.key.unwrap_or(0)), |track| track.view.key_pitch);
        let lead = Lead { semitones: pitch - key_pitch, db: db - press.struck_db };
        send(&touch, press.note, lead, &mut press.sent, hands);
        Some((pointer, format!("{} · {} dB", names::pitch_name(pitch), names::level(db))))
    }

    /// Leads the note of a dot while it is dragged.
    pub fn lead(&mut self, dot: &Response, track: &Track, place: &Place, stage: &Stage) {
        let Some(touch) = Touch::of(stage.scene) else { return };
        let hands = &stage.shared.hands;
        if let (true, Some(from)) = (dot.drag_started_by(PointerButton::Primary), dot.interact_pointer_pos()) {
            let note = track.view.note;
            let place = self.kept.iter().position(|(kept, _)| *kept == note);
            let before = place.map(|place| self.kept.remove(place).1).unwrap_or_default();
            self.grip = Some(Grip { voice: track.key, note, from, before, sent: before });
        }
        let Some(grip) = self.grip.as_mut().filter(|grip| grip.voice == track.key) else { return };
        if let (true, Some(pointer)) = (dot.dragged(), dot.interact_pointer_pos()) {
            let ((pitch, db), (from_pitch, from_db)) = (aim(pointer, place), aim(grip.from, place));
            let lead =
                Lead { semitones: grip.before.semitones + pitch - from_pitch, db: grip.before.db + db - from_db };
            send(&touch, grip.note, lead, &mut grip.sent, hands);
        }
        if dot.drag_stopped() {
            let (note, sent) = (grip.note, grip.sent);
            self.grip = None;
            if dot.ctx.input(keeps) {
                if self.kept.len() < KEPT {
                    self.kept.push((note, sent));
                }
            } else {
                release(&touch, note, hands);
            }
        }
    }

    /// Lets go of everything.
    pub fn let_go(&mut self, hands: &Hands) {
        self.lift(hands);
        self.grip = None;
    }

    fn lift(&mut self, hands: &Hands) {
        if let Some(press) = self.press.take() {
            hands.play(Event::NoteOff { note: press.note });
        }
    }
}

/// Whether Shift is held as the pointer lets go.
fn keeps(input: &InputState) -> bool {
    let of_button = |event: &egui::Event| match event {
        egui::Event::PointerButton { modifiers, .. } => modifiers.shift,
        _ => false,
    };
    input.modifiers.shift || input.events.iter().any(of_button)
}

/// Pitch and loudness at a place, within the field.
fn aim(pointer: Pos2, place: &Place) -> (f32, f32) {
    let inside = pos2(pointer.x.clamp(place.plot.left(), place.plot.right()), pointer.y);
    (place.surface.pitch(inside.x), place.levels.db(inside.y))
}

/// Strikes the nearest key that is free.
fn strike(touch: &Touch, pitch: f32, db: f32, tracks: &Tracks, hands: &Hands) -> Option<Press> {
    let nearest = pitch.round() as i32;
    let address =
        |key: i32| u8::try_from(key).ok().filter(|key| *key < 128).map(|key| NoteAddress::of(CHANNEL, key, None));
    let held = hands.held();
    let is_free = |note: &NoteAddress| !tracks.sounds(note) && !held.iter().any(|held| note.matches(held));
    let mut keys = NEIGHBOURS.iter().filter_map(|off| address(nearest + off));
    let note = keys.find(is_free).or_else(|| address(nearest))?;
    let velocity = touch.velocity(db);
    hands.play(Event::NoteOn { note, velocity }).then(|| Press {
        note,
        struck_db: touch.db(velocity),
        sent: Lead::default(),
    })
}

/// Sends what has changed.
fn send(touch: &Touch, note: NoteAddress, lead: Lead, sent: &mut Lead, hands: &Hands) {
    let (before, after) = (touch.events(note, *sent), touch.events(note, lead));
    let changed = before.iter().zip(after).filter(|(before, after)| *before != after);
    if changed.fold(true, |taken, (_, event)| hands.play(event) && taken) {
        *sent = lead;
    }
}

/// Lets a note go back to where its key has it.
fn release(touch: &Touch, note: NoteAddress, hands: &Hands) {
    for event in touch.events(note, Lead::default()) {
        hands.play(event);
    }
}
