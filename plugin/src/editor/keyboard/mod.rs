//! The on-screen keyboard: shows what is played, and plays, by mouse and by the computer's keys; wheels at its left.
//! Window's thread; what it plays goes through `Shared::hands`.
//! Nothing hangs: a window that closes or loses the keyboard lets go (test: `a_closed_window_holds_no_key`).

mod column;
mod held;
mod manual;
mod paint;
mod range;
#[cfg(test)]
mod tests;
mod typing;
mod wheels;

pub use range::keys_over;

use super::stage::Stage;
use super::surface::Surface;
use super::window::Keys;
use crate::hands::Hands;
use egui::accesskit::{self, Role};
use egui::{CornerRadius, Event, EventFilter, Id, Key, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui};
use held::{CHANNEL, Finger, Held};
use manual::Manual;
use paint::Seen;
use timbrel_engine::event::NoteAddress;
use typing::{Meaning, Typing};
use wheels::{Kind, Wheel};

/// Width of the column at the left of field and keys with text of the usual size, points: wheels, octaves, and the sign of
/// the computer's keyboard.
pub const COLUMN: f32 = 72.0;
/// MIDI's sustain pedal.
const SUSTAIN: u8 = 64;
/// Scrolling that moves the keys by an octave, points.
const SCROLL: f32 = 50.0;

/// What of the computer's keyboard plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    /// Nothing.
    #[default]
    Nothing,
    /// Letters: something that wants digits and arrows has the focus.
    Letters,
    /// Two rows.
    Rows,
}

/// A press of the mouse on the keys.
#[derive(Clone, Copy, Debug)]
struct Press {
    from: Pos2,
    /// It bends and presses the note that it struck; else it slides from key to key.
    shapes: bool,
    /// The button came up before anything was drawn: the note ends with the next frame.
    over: bool,
}

/// See the module.
pub struct Keyboard {
    held: Held,
    typing: Typing,
    press: Option<Press>,
    bend: Wheel,
    modulation: Wheel,
    reach: Reach,
    /// The keys have egui's focus.
    focused: bool,
    /// They had it when the mouse was pressed.
    ends: bool,
    /// The sign was clicked.
    wants_focus: bool,
    pedal: bool,
    scrolled: f32,
}

impl Default for Keyboard {
    fn default() -> Self {
        Self {
            held: Held::default(),
            typing: Typing::default(),
            press: None,
            bend: Wheel::new(Kind::Bend),
            modulation: Wheel::new(Kind::Modulation),
            reach: Reach::Nothing,
            focused: false,
            ends: false,
            wants_focus: false,
            pedal: false,
            scrolled: 0.0,
        }
    }
}

/// Of the keys as one thing, for the focus.
fn id() -> Id {
    Id::unique("keyboard")
}

impl Keyboard {
    /// Draws the keys over `rect`, which is as wide as the axis, and wheels and signs over `column`.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, column: Rect, surface: &Surface, stage: &Stage) {
        self.column(ui, column, rect, stage);
        let manual = Manual::new(surface, rect);
        let response = ui.interact(rect, id(), Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(Role::Group, true, "Keyboard"));
        if std::mem::take(&mut self.wants_focus) {
            response.request_focus();
        }
        self.click(ui, &response, &manual, stage);
        self.scroll(ui, &response, rect, stage);
        self.type_keys(ui, &response, stage);
        name_keys(ui, &manual);

        let trained = |model: &Option<std::sync::Arc<timbrel_engine::model::Model>>| {
            model.as_ref().map(|model| model.metadata().pitch.low..=model.metadata().pitch.high)
        };
        let seen = Seen {
            voices: stage.scene.voices(),
            chosen: stage.scene.chosen(),
            trained: [trained(&stage.scene.first), trained(&stage.scene.second)],
            held: &|key| self.held.holds(key),
            print: &|key| if self.reach == Reach::Nothing { None } else { self.typing.print(key) },
        };
        paint::draw(&ui.painter_at(rect), &manual, stage.theme, &seen);
        if response.has_focus() {
            let ring = Stroke::new(2.0, stage.theme.palette.focus);
            ui.painter().rect_stroke(rect, CornerRadius::same(4), ring, StrokeKind::Outside);
        }
    }

    /// Lets go of what the computer's keys hold: the window has them no longer.
    pub fn lost_keyboard(&mut self, hands: &Hands) {
        self.held.lift_typed(hands);
        self.tread(false, hands);
        self.bend.lost_keyboard(hands);
    }

    /// Lets go of everything that it holds: the window closes.
    pub fn let_go(&mut self, hands: &Hands) {
        self.press = None;
        self.held.lift_all(hands);
        self.bend.let_go(hands);
        self.modulation.let_go(hands);
        self.tread(false, hands);
        hands.release_all();
    }

    /// The mouse on the keys.
    fn click(&mut self, ui: &Ui, response: &Response, manual: &Manual, stage: &Stage) {
        let hands = &stage.shared.hands;
        let (place, is_down, modifiers) =
            ui.input(|input| (input.pointer.interact_pos(), input.pointer.primary_down(), input.modifiers));
        let holds = response.is_pointer_button_down_on() && is_down;
        let clicked = response.clicked() && self.press.is_none() && response.interact_pointer_pos().is_some();
        match (self.press, place) {
            (None, Some(place)) if holds || clicked => {
                if modifiers.alt {
                    choose(stage, manual.key_at(place));
                    return;
                }
                response.request_focus();
                let key = manual.key_at(place);
                self.held.strike(Finger::Pointer, key, manual.velocity(key, place), hands);
                self.press = Some(Press { from: place, shapes: modifiers.shift, over: !holds });
                // Whatever ends with the next frame wants one.
                ui.ctx().request_repaint();
            }
            (Some(press), Some(place)) if holds && !press.over => self.drag(press, place, manual, hands),
            (Some(_), _) => {
                self.press = None;
                self.held.lift(Finger::Pointer, hands);
            }
            _ => {}
        }
    }

    /// The mouse was pressed and moves.
    fn drag(&mut self, press: Press, place: Pos2, manual: &Manual, hands: &Hands) {
        if press.shapes {
            let semitones = manual.surface.pitch(place.x) - manual.surface.pitch(press.from.x);
            let pressure = ((press.from.y - place.y) / manual.rect.height()).clamp(0.0, 1.0);
            self.held.shape(Finger::Pointer, semitones, pressure, hands);
            return;
        }
        let key = manual.key_at(place);
        if self.held.under(Finger::Pointer) != Some(key) {
            self.held.strike(Finger::Pointer, key, manual.velocity(key, place), hands);
        }
    }

    /// The wheel over the keys moves them by octaves where not all fit.
    fn scroll(&mut self, ui: &Ui, response: &Response, rect: Rect, stage: &Stage) {
        if !response.hovered() {
            self.scrolled = 0.0;
            return;
        }
        let delta = ui.input(|input| input.smooth_scroll_delta());
        self.scrolled += if delta.x.abs() > delta.y.abs() { -delta.x } else { delta.y };
        let octaves = (self.scrolled / SCROLL).trunc();
        if octaves != 0.0 {
            self.scrolled -= octaves * SCROLL;
            move_view(stage, rect, octaves as i32);
        }
    }

    /// The computer's keys.
    fn type_keys(&mut self, ui: &Ui, response: &Response, stage: &Stage) {
        let hands = &stage.shared.hands;
        self.focused = response.has_focus();
        self.reach = reach(ui, self.focused, stage);
        if self.focused && self.reach != Reach::Nothing {
            let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, tab: false };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id(), filter));
            stage.memory.keys.set(Some(Keys::Playing));
        }
        if self.reach == Reach::Nothing {
            self.held.lift_typed(hands);
            self.tread(false, hands);
        }
        let events = ui.input(|input| input.events.clone());
        for event in &events {
            match event {
                Event::Key { key, physical_key, pressed, repeat, modifiers } => {
                    let place = physical_key.unwrap_or(*key);
                    if !pressed {
                        self.held.lift(Finger::Typed(place), hands);
                        if place == Key::Space {
                            self.tread(false, hands);
                        }
                    } else if self.reach != Reach::Nothing && !modifiers.ctrl && !modifiers.alt && !modifiers.command {
                        if !modifiers.shift {
                            self.typing.read(place, *key);
                        }
                        self.type_key(place, *repeat, ui, response, stage);
                    }
                }
                Event::WindowFocused(false) => self.lost_keyboard(hands),
                _ => {}
            }
        }
    }

    /// A key of the computer went down, or repeats.
    fn type_key(&mut self, place: Key, repeat: bool, ui: &Ui, response: &Response, stage: &Stage) {
        let hands = &stage.shared.hands;
        if self.reach == Reach::Letters && !typing::is_letter(place) {
            return;
        }
        if self.focused {
            match place {
                Key::Escape => {
                    response.surrender_focus();
                    self.focused = false;
                    self.reach = reach(ui, false, stage);
                    self.held.lift_typed(hands);
                    return;
                }
                Key::ArrowLeft | Key::ArrowRight => {
                    return self.shift(if place == Key::ArrowLeft { -1 } else { 1 }, response.rect, stage);
                }
                Key::ArrowUp => return self.typing.press(1),
                Key::ArrowDown => return self.typing.press(-1),
                _ => {}
            }
        }
        // A host's space bar is the host's.
        if place == Key::Space && stage.shared.standalone.is_some() {
            return self.tread(true, hands);
        }
        match self.typing.meaning(place) {
            Some(Meaning::Plays(key)) if !repeat && self.held.under(Finger::Typed(place)).is_none() => {
                self.held.strike(Finger::Typed(place), key, f32::from(self.typing.velocity()) / 127.0, hands);
            }
            Some(Meaning::Octave(octaves)) => self.shift(octaves, response.rect, stage),
            Some(Meaning::Velocity(steps)) => self.typing.press(steps),
            _ => {}
        }
    }

    /// Moves what the computer's keys play by octaves, and the keys with it where they do not all fit.
    fn shift(&mut self, octaves: i8, rect: Rect, stage: &Stage) {
        self.typing.shift(octaves);
        let factor = stage.theme.text_size.factor();
        let now = stage.memory.octaves.get();
        let shown = range::keys_over(rect.width(), factor, now);
        move_view(stage, rect, range::towards(now, &shown, &self.typing.keys()) - now);
    }

    /// Treads on the sustain pedal, or takes the foot off.
    fn tread(&mut self, down: bool, hands: &Hands) {
        if std::mem::replace(&mut self.pedal, down) != down {
            let value = if down { 1.0 } else { 0.0 };
            hands.play(timbrel_engine::event::Event::Controller { channel: CHANNEL, controller: SUSTAIN, value });
        }
    }
}

/// What of the computer's keyboard plays now. In a host nothing does unless the keys have the focus; a program of its own
/// plays whenever nobody types text.
fn reach(ui: &Ui, focused: bool, stage: &Stage) -> Reach {
    let context = ui.ctx();
    let has_window = ui.input(|input| input.focused);
    match stage.shared.standalone {
        _ if !has_window || !stage.memory.tastes.borrow().computer_keyboard => Reach::Nothing,
        _ if focused => Reach::Rows,
        Some(_) if context.text_edit_focused() => Reach::Nothing,
        Some(_) if context.egui_wants_keyboard_input() => Reach::Letters,
        Some(_) => Reach::Rows,
        None => Reach::Nothing,
    }
}

/// Moves the keys that are shown over `rect` by octaves, as far as there are keys.
fn move_view(stage: &Stage, rect: Rect, octaves: i32) {
    let reach = range::reach(rect.width(), stage.theme.text_size.factor());
    let octaves = (stage.memory.octaves.get() + octaves).clamp(*reach.start(), *reach.end());
    stage.memory.octaves.set(octaves);
}

/// Looks at the voice that sounds on a key, or at the one struck last where none does.
fn choose(stage: &Stage, key: u8) {
    let sounds = stage.scene.voices().iter().any(|voice| voice.note.key == Some(key));
    let note = NoteAddress { key: Some(key), ..NoteAddress::default() };
    stage.memory.followed.set(sounds.then_some(note));
}

/// Says to screen readers, and to whoever drives the window, where each key is.
fn name_keys(ui: &Ui, manual: &Manual) {
    for key in manual.surface.keys() {
        let shape = manual.shape(key);
        ui.ctx().accesskit_node_builder(id().with(key), |node| {
            node.set_role(Role::Button);
            node.set_label(paint::name(key).replace('♯', "#"));
            // A white key's name stands where no black one lies over it.
            let free = if super::surface::is_black(key) { shape } else { shape.with_min_y(manual.black_bottom()) };
            let (x0, y0) = (f64::from(free.left()), f64::from(free.top()));
            let (x1, y1) = (f64::from(free.right()), f64::from(free.bottom()));
            node.set_bounds(accesskit::Rect { x0, y0, x1, y1 });
        });
    }
}
