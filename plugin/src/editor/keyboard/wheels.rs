//! The wheels at the left of the keys: pitch bend, which springs back, and modulation, which stays.
//! Window's thread.
//! A wheel that is not held shows what the host's own does (test: `a_wheel_follows_the_hosts_unless_it_is_held`).

use super::held::CHANNEL;
use super::paint::shade;
use crate::editor::stage::Stage;
use crate::hands::Hands;
use egui::{
    Align2, Color32, CornerRadius, EventFilter, Id, Key, Painter, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2,
};
use timbrel_engine::event::{Event, ModulationSource};

/// The modulation wheel's controller.
const MODULATION: u8 = 1;
/// How far a key of the computer turns a wheel.
const STEP: f32 = 0.125;
/// Frames after a wheel was let go before it follows the host's again: what it did is on its way.
const DEAF: u32 = 30;

/// Which wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pitch bend, -1 to 1.
    Bend,
    /// CC1, 0 to 1.
    Modulation,
}

/// One of the wheels.
#[derive(Debug)]
pub struct Wheel {
    kind: Kind,
    /// Where it is.
    value: f32,
    /// What the host's was when it was last looked at.
    heard: f32,
    /// Place of the pointer and value when it was taken.
    grip: Option<(f32, f32)>,
    /// It is bent by a key of the computer.
    typed: bool,
    deaf: u32,
}

impl Wheel {
    /// A wheel at rest.
    pub fn new(kind: Kind) -> Self {
        Self { kind, value: 0.0, heard: 0.0, grip: None, typed: false, deaf: 0 }
    }

    fn least(&self) -> f32 {
        match self.kind {
            Kind::Bend => -1.0,
            Kind::Modulation => 0.0,
        }
    }

    fn turn(&mut self, value: f32, hands: &Hands) {
        let value = value.clamp(self.least(), 1.0);
        if value == self.value {
            return;
        }
        self.value = value;
        hands.play(match self.kind {
            Kind::Bend => Event::PitchBend { channel: CHANNEL, value },
            Kind::Modulation => Event::Controller { channel: CHANNEL, controller: MODULATION, value },
        });
        self.deaf = DEAF;
    }

    /// Lets go of it, if anyone holds it here: a bend of the host's is the host's to let go of.
    pub fn let_go(&mut self, hands: &Hands) {
        let gripped = self.grip.take().is_some();
        let typed = std::mem::take(&mut self.typed);
        if self.kind == Kind::Bend && (gripped || typed) {
            self.turn(0.0, hands);
        }
    }

    /// Lets go of it if keys of the computer hold it.
    pub fn lost_keyboard(&mut self, hands: &Hands) {
        if self.typed {
            self.let_go(hands);
        }
    }

    /// What the engine says where the wheel is, while it can say so.
    pub fn follow(&mut self, heard: Option<f32>) {
        self.deaf = self.deaf.saturating_sub(1);
        let Some(heard) = heard.filter(|_| self.grip.is_none() && !self.typed && self.deaf == 0) else { return };
        if (heard - self.heard).abs() > 1e-3 {
            self.value = heard.clamp(self.least(), 1.0);
        }
        self.heard = heard;
    }

    /// Draws it over `rect`, and answers.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, stage: &Stage) {
        let (name, caption, hint) = match self.kind {
            Kind::Bend => ("Pitch bend wheel", "Bend", "Bends all notes; springs back when it is let go."),
            Kind::Modulation => (
                "Modulation wheel",
                "Mod",
                "Modulation (CC 1): vibrato, and what the matrix makes of it. Stays; a double click puts it to rest.",
            ),
        };
        let hands = &stage.shared.hands;
        let source = match self.kind {
            Kind::Bend => ModulationSource::Bend,
            Kind::Modulation => ModulationSource::Wheel,
        };
        let snapshot = stage.scene.snapshot().filter(|snapshot| !snapshot.voices.is_empty());
        self.follow(snapshot.map(|snapshot| snapshot.source(source)));

        let caption_height = stage.theme.small().size * 1.3;
        let bed = rect.with_max_y(rect.bottom() - caption_height);
        let response = ui.interact(rect, Id::unique(("wheel", name)), Sense::click_and_drag());
        let held = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_down());
        match ui.input(|input| input.pointer.interact_pos()).filter(|_| held) {
            Some(place) => {
                let (from, value) = *self.grip.get_or_insert((place.y, self.value));
                let travel = match self.kind {
                    Kind::Bend => bed.height() / 2.0,
                    Kind::Modulation => bed.height(),
                };
                self.turn(value + (from - place.y) / (travel * 0.8), hands);
            }
            None if self.grip.is_some() => self.let_go(hands),
            None => {}
        }
        if response.double_clicked() {
            self.turn(0.0, hands);
        }
        if response.hovered() && self.kind == Kind::Modulation {
            let scrolled = ui.input(|input| input.smooth_scroll_delta().y);
            self.turn(self.value + scrolled / 400.0, hands);
        }
        self.type_keys(ui, &response, hands);

        let value = f64::from(self.value);
        response.widget_info(|| WidgetInfo::slider(true, value, name));
        self.paint(ui.painter(), bed, stage, response.has_focus());
        let (text, ink) = if held || response.hovered() {
            (format!("{:.0} %", self.value * 100.0), stage.theme.palette.text)
        } else {
            (caption.to_owned(), stage.theme.palette.faint)
        };
        ui.painter().text(rect.center_bottom(), Align2::CENTER_BOTTOM, text, stage.theme.small(), ink);
        if !held {
            response.on_hover_text(hint);
        }
    }

    /// Arrows turn it while it has the focus.
    fn type_keys(&mut self, ui: &Ui, response: &egui::Response, hands: &Hands) {
        if !response.has_focus() {
            return self.lost_keyboard(hands);
        }
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let (up, down, home, end, released) = ui.input(|input| {
            let steps = |key| input.num_presses(key) as f32;
            let released = input.key_released(Key::ArrowUp) || input.key_released(Key::ArrowDown);
            (
                steps(Key::ArrowUp),
                steps(Key::ArrowDown),
                input.key_pressed(Key::Home),
                input.key_pressed(Key::End),
                released,
            )
        });
        if up > 0.0 || down > 0.0 {
            self.typed = true;
            self.turn(self.value + STEP * (up - down), hands);
        }
        if home || end {
            self.turn(if home { self.least() } else { 1.0 }, hands);
            self.typed = true;
        }
        if released && self.typed {
            self.let_go(hands);
        }
        if ui.input(|input| input.key_pressed(Key::Delete)) {
            self.turn(0.0, hands);
        }
    }

    fn paint(&self, painter: &Painter, bed: Rect, stage: &Stage, has_focus: bool) {
        /// Of the wheel that turns from end to end, radians.
        const TURN: f32 = 1.9;
        /// From ridge to ridge, radians.
        const RIDGE: f32 = 0.28;
        let palette = &stage.theme.palette;
        painter.rect_filled(bed, CornerRadius::same(5), palette.well);
        let wheel = bed.shrink2(egui::vec2(bed.width() * 0.14, 3.0));
        let (dark, lit) = (Color32::from_rgb(0x14, 0x10, 0x0d), palette.raised);
        let (above, below) = wheel.split_top_bottom_at_fraction(0.42);
        shade(painter, above, dark, lit);
        shade(painter, below, lit, dark);
        // The wheel stands half out of its bed: places on it go as the sine of the angle.
        let radius = wheel.height() / 2.0;
        let share = (self.value - self.least()) / (1.0 - self.least());
        let angle = (share - 0.5) * TURN;
        let height = |angle: f32| wheel.center().y - radius * angle.sin();
        for ridge in -12..=12 {
            let at = angle + ridge as f32 * RIDGE;
            if at.abs() < 1.5 && ridge != 0 {
                let fade = 0.75 * at.cos();
                let line = Stroke::new(1.0, palette.line.gamma_multiply(fade));
                painter.hline(wheel.left() + 2.0..=wheel.right() - 2.0, height(at), line);
            }
        }
        let notch = Rect::from_center_size(pos2(wheel.center().x, height(angle)), egui::vec2(wheel.width(), 3.0));
        painter.rect_filled(notch, CornerRadius::same(1), palette.harmonics);
        let (stroke, colour) = if has_focus { (2.0, palette.focus) } else { (stage.theme.hairline(), palette.line) };
        painter.rect_stroke(bed, CornerRadius::same(5), Stroke::new(stroke, colour), StrokeKind::Inside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_follows_the_hosts_unless_it_is_held() {
        let hands = Hands::new();
        let mut wheel = Wheel::new(Kind::Modulation);
        wheel.follow(Some(0.4));
        assert_eq!(wheel.value, 0.4);
        wheel.grip = Some((0.0, 0.4));
        wheel.turn(0.9, &hands);
        wheel.follow(Some(0.5));
        assert_eq!(wheel.value, 0.9);
        wheel.let_go(&hands);
        assert_eq!(wheel.value, 0.9, "it stays");
        for _ in 0..DEAF {
            wheel.follow(Some(0.4));
        }
        assert_eq!(wheel.value, 0.9, "the host's has not moved");
        wheel.follow(Some(0.2));
        assert_eq!(wheel.value, 0.2);
    }

    #[test]
    fn the_bend_wheel_springs_back() {
        let hands = Hands::new();
        let mut way = hands.played().unwrap();
        let mut wheel = Wheel::new(Kind::Bend);
        wheel.grip = Some((0.0, 0.0));
        wheel.turn(-3.0, &hands);
        wheel.let_go(&hands);
        wheel.let_go(&hands);
        let bend = |value| Event::PitchBend { channel: CHANNEL, value };
        assert_eq!((way.next(), way.next(), way.next()), (Some(bend(-1.0)), Some(bend(0.0)), None));
    }

    #[test]
    fn a_bend_of_the_hosts_stays_as_the_window_closes() {
        let hands = Hands::new();
        let mut way = hands.played().unwrap();
        let mut wheel = Wheel::new(Kind::Bend);
        wheel.follow(Some(0.4));
        assert_eq!(wheel.value, 0.4);
        wheel.let_go(&hands);
        assert_eq!(way.next(), None);
    }
}
