//! Pitch and loudness: where the instrument was trained, where each voice is, and a place to play.
//! Window's thread. It draws sixty-four voices as easily as one: tails, glows and stems are one mesh.
//! A dot stands above its key (test: `a_dot_stands_above_its_key` in `tests/tests/editor_glance.rs`).

use super::axis::Levels;
use super::bed::{Bed, outline};
use super::names;
use super::region::{self, Light, Regions};
use super::sheets::Sheet;
use super::tag;
use super::touch::Fingers;
use super::tracks::{TAIL, Track, Tracks};
use crate::editor::stage::Stage;
use crate::editor::surface::Surface;
use crate::editor::theme::{STRONG, Theme};
use crate::hands::Hands;
use egui::accesskit::Role;
use egui::{Align2, Color32, FontFamily, FontId, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo};
use egui::{EventFilter, Key};
use egui::{pos2, vec2};
use timbrel_engine::event::NoteAddress;
use timbrel_engine::model::LoudnessMeasure;

/// Loudness at the bottom and at the top, decibels of the model's own measure, where there is no model.
const LOUDNESS: (f32, f32) = (-80.0, 0.0);
/// Between lines, decibels.
const STEP: i32 = 10;
/// Radius of the dot of the softest note, and what the loudest has more, in usual text, points.
const RADIUS: (f32, f32) = (3.2, 3.6);
/// What is written where nothing sounds.
const INVITATION: &str = "Press here to play: across is pitch, up is loudness";
/// So near to a dot is on it, points.
const REACH: f32 = 11.0;

/// See the module.
#[derive(Default)]
pub struct Field {
    tracks: Tracks,
    light: Light,
    fingers: Fingers,
    /// The note that the player chose sounded.
    chosen_sounded: bool,
}

/// The axes and the regions of one frame.
pub(super) struct Place<'a> {
    pub surface: &'a Surface,
    pub levels: Levels,
    pub regions: Regions,
    pub plot: Rect,
}

impl Place<'_> {
    /// Where a pitch and a loudness are.
    pub fn of(&self, pitch: f32, db: f32) -> Pos2 {
        pos2(self.surface.place(pitch), self.levels.place(db).min(self.plot.bottom() - 1.0))
    }
}

impl Field {
    /// Draws it over `rect`, on the keyboard's axis.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, surface: &Surface, stage: &Stage) {
        let (theme, scene) = (stage.theme, stage.scene);
        let now = ui.input(|input| input.time);
        self.tracks.follow(scene.voices(), now);
        self.forget_what_ended(stage);
        let painter = ui.painter_at(rect);
        painter.rect(rect, 6.0, theme.palette.well, outline(theme), StrokeKind::Inside);
        let bed = Bed { rect, plot: rect, painter };
        let regions = Regions::of(scene);
        let (low, high) = regions.shown_db().unwrap_or(LOUDNESS);
        let place = Place { surface, levels: Levels::over(rect, low, high), regions, plot: rect };
        self.light.draw(&bed, &place.regions, surface, &place.levels, theme);
        octaves(&bed, surface, theme);
        loudness(&bed, &place.levels, (low, high), theme);
        let ground = ui.interact(rect, ui.scope_id().with("ground"), Sense::drag());
        ground.widget_info(|| WidgetInfo {
            current_text_value: Some(self.summary(stage)),
            ..WidgetInfo::labeled(Role::Canvas, true, "Pitch and loudness")
        });
        let title = caption(&bed, stage);
        let named = Rect::from_min_max(pos2(title.right() + theme.scaled(12.0), rect.top()), rect.max);
        region::names(&bed, named, scene, &place, theme);
        self.draw_voices(&bed, &place, now, stage);
        let hovered = self.touch_voices(ui, &place, stage);
        let sign = self.fingers.play(&ground, &place, &self.tracks, stage);
        self.draw_signs(&bed, &place, hovered, sign, stage);
        if self.tracks.live().next().is_none() && ground.hover_pos().is_none() {
            bed.say(if scene.first.is_some() { INVITATION } else { "No instrument: choose one above" }, theme);
        }
        if ground.has_focus() {
            self.choose_by_keys(ui, &ground, stage);
        }
        if ground.hovered() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        }
    }

    /// Lets go of everything that it holds: the window closes.
    pub fn let_go(&mut self, hands: &Hands) {
        self.fingers.let_go(hands);
    }

    /// A note that was chosen is followed while it sounds; the next one that is struck is then seen again.
    fn forget_what_ended(&mut self, stage: &Stage) {
        let sounds = stage.memory.followed.get().is_some_and(|note| self.tracks.sounds(&note));
        if self.chosen_sounded && !sounds {
            stage.memory.followed.set(None);
        }
        self.chosen_sounded = sounds;
    }

    /// What somebody hears who cannot see it.
    fn summary(&self, stage: &Stage) -> String {
        let voices = stage.scene.voices().len();
        match stage.scene.chosen() {
            Some(chosen) => {
                let (name, db) = (names::pitch_name(chosen.midi_pitch), names::level(chosen.wanted_db));
                let plural = if voices == 1 { "voice" } else { "voices" };
                format!("{voices} {plural}, {name} at {db} dB")
            }
            None => "no voice".into(),
        }
    }

    /// Tails, stems and glows in one mesh, then the dots.
    fn draw_voices(&self, bed: &Bed, place: &Place, now: f64, stage: &Stage) {
        let (theme, palette) = (stage.theme, &stage.theme.palette);
        let mut sheet = Sheet::with_room(self.tracks.all().len() * 96);
        for track in self.tracks.all() {
            let hue = hue(track, place, theme);
            let radius = radius(track, theme);
            let strength = if track.is_live { 0.55 } else { 0.35 };
            sheet.ribbon(track.tail(now).map(|spot| {
                let left = (1.0 - (now - spot.at) / TAIL) as f32;
                (place.of(spot.pitch, spot.db), radius * 0.8 * left, hue.gamma_multiply(strength * left * left))
            }));
            if !track.is_live || !place.levels.shows(track.view.wanted_db) {
                continue;
            }
            let spot = place.of(track.view.midi_pitch, track.view.wanted_db);
            let bright = brightness(track);
            let stem = Rect::from_min_max(pos2(spot.x - 0.75, spot.y), pos2(spot.x + 0.75, place.plot.bottom()));
            sheet.bar(stem, hue.gamma_multiply(0.75 * bright), hue.gamma_multiply(0.12 * bright));
            sheet.glow(spot, radius * (2.6 + 1.6 * bright), hue.gamma_multiply(0.5 * bright));
            sheet.glow(pos2(spot.x, place.plot.bottom()), radius * 2.6, hue.gamma_multiply(0.35 * bright));
        }
        sheet.paint(&bed.painter);
        for track in self.tracks.live().filter(|track| place.levels.shows(track.view.wanted_db)) {
            let spot = place.of(track.view.midi_pitch, track.view.wanted_db);
            let (radius, hue) = (radius(track, theme), hue(track, place, theme));
            let known = place.regions.know(&track.view);
            if track.view.held {
                bed.painter.circle_filled(spot, radius, super::sheets::between(hue, Color32::WHITE, 0.35));
            } else {
                bed.painter.circle(spot, radius, palette.well, Stroke::new(1.5, hue.gamma_multiply(0.9)));
            }
            if !known {
                bed.painter.circle_stroke(spot, radius + 2.5, Stroke::new(1.6, palette.notice));
            }
        }
        if let Some(track) = self.chosen(stage).filter(|track| place.levels.shows(track.view.wanted_db)) {
            let spot = place.of(track.view.midi_pitch, track.view.wanted_db);
            let radius = radius(track, theme) + 5.0;
            let is_followed = stage.memory.followed.get().is_some();
            let width = if is_followed { 1.8 } else { 1.1 };
            bed.painter.circle_stroke(spot, radius, Stroke::new(width * theme.hairline(), palette.text));
        }
    }

    /// Arrows go from voice to voice, by pitch.
    fn choose_by_keys(&self, ui: &Ui, ground: &Response, stage: &Stage) {
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(ground.id, arrows));
        let step = ui.input(|input| {
            i32::from(input.key_pressed(Key::ArrowRight)) - i32::from(input.key_pressed(Key::ArrowLeft))
        });
        if step == 0 {
            return;
        }
        let mut live: Vec<&Track> = self.tracks.live().collect();
        live.sort_by(|one, other| one.view.midi_pitch.total_cmp(&other.view.midi_pitch));
        let chosen = self.chosen(stage).map(|chosen| chosen.key);
        let at = live.iter().position(|track| Some(track.key) == chosen).unwrap_or(0) as i32 + step;
        if let Some(track) = usize::try_from(at).ok().and_then(|at| live.get(at)) {
            stage.memory.followed.set(Some(track.view.note));
        }
    }

    /// The track of the voice that the views are about.
    fn chosen(&self, stage: &Stage) -> Option<&Track> {
        let chosen = stage.scene.chosen()?;
        self.tracks.live().find(|track| track.view == *chosen)
    }

    /// Lets dots be chosen and dragged; gives the one under the pointer.
    fn touch_voices(&mut self, ui: &Ui, place: &Place, stage: &Stage) -> Option<usize> {
        let mut hovered = None;
        for (index, track) in self.tracks.all().iter().enumerate() {
            if !track.is_live || !place.levels.shows(track.view.wanted_db) {
                continue;
            }
            let spot = place.of(track.view.midi_pitch, track.view.wanted_db);
            // Out of sight where the keyboard shows other octaves.
            let reach = Rect::from_center_size(spot, vec2(2.0, 2.0) * REACH).intersect(place.plot);
            if !reach.is_positive() {
                continue;
            }
            // Dots come and go, so that the keyboard's focus stays with the field.
            let sense = Sense::CLICK | Sense::DRAG;
            let response = ui.interact(reach, ui.scope_id().with(("voice", track.key)), sense);
            describe(&response, track, place);
            if response.clicked() {
                let followed = stage.memory.followed.get();
                let note = track.view.note;
                let is_followed = followed.is_some_and(|followed| followed.matches(&note));
                stage.memory.followed.set((!is_followed).then_some(note));
            }
            self.fingers.lead(&response, track, place, stage);
            if response.hovered() || response.dragged() {
                hovered = Some(index);
                ui.ctx().set_cursor_icon(if response.dragged() {
                    egui::CursorIcon::Grabbing
                } else {
                    egui::CursorIcon::PointingHand
                });
            }
        }
        hovered
    }

    /// What is written beside dots.
    fn draw_signs(
        &self,
        bed: &Bed,
        place: &Place,
        hovered: Option<usize>,
        sign: Option<(Pos2, String)>,
        stage: &Stage,
    ) {
        let hovered = hovered.and_then(|index| self.tracks.all().get(index));
        let sign = sign.or_else(|| {
            let track = hovered.or_else(|| self.chosen(stage))?;
            let spot = place.of(track.view.midi_pitch, track.view.wanted_db);
            place.levels.shows(track.view.wanted_db).then(|| (spot, say(track, place, hovered.is_some())))
        });
        if let Some((spot, text)) = sign {
            tag::draw(&bed.painter, place.plot.shrink(3.0), spot, &text, stage.theme);
        }
    }
}

/// The dot as a thing that has a name and says something.
fn describe(response: &Response, track: &Track, place: &Place) {
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(say(track, place, true)),
        ..WidgetInfo::labeled(Role::Button, true, format!("Voice {}", names::key_name(key(&track.view.note))))
    });
}

fn key(note: &NoteAddress) -> u8 {
    note.key.unwrap_or(0)
}

/// A voice in words; `fully` with what one asks for only by pointing.
fn say(track: &Track, place: &Place, fully: bool) -> String {
    let (name, db) = (names::pitch_name(track.view.midi_pitch), names::level(track.view.wanted_db));
    let outside = if place.regions.know(&track.view) { "" } else { " · outside the trained range" };
    if !fully {
        return format!("{name} · {db} dB");
    }
    let velocity = (track.view.velocity * 127.0).round();
    let held = if track.view.held { "" } else { " · let go" };
    format!("{name} · {db} dB · velocity {velocity:.0}{held}{outside}")
}

fn hue(track: &Track, place: &Place, theme: &Theme) -> Color32 {
    if place.regions.know(&track.view) { theme.palette.harmonics } else { theme.palette.notice }
}

fn radius(track: &Track, theme: &Theme) -> f32 {
    theme.scaled(RADIUS.0 + RADIUS.1 * track.view.velocity)
}

fn brightness(track: &Track) -> f32 {
    let held = if track.view.held { 1.0 } else { 0.55 };
    held * (0.55 + 0.45 * track.view.velocity)
}

/// Lines and names of the octaves.
fn octaves(bed: &Bed, surface: &Surface, theme: &Theme) {
    let (rect, palette) = (bed.rect, &theme.palette);
    let stroke = Stroke::new(1.0, palette.line.gamma_multiply(0.55));
    let font = theme.small();
    for key in surface.keys().filter(|key| key % 12 == 0) {
        let x = bed.crisp(surface.place(f32::from(key)));
        bed.painter.vline(x, rect.y_range().shrink(1.0), stroke);
        let name = bed.painter.layout_no_wrap(names::key_name(key), font.clone(), palette.faint);
        let place = pos2(x + 4.0, rect.bottom() - 3.0 - name.size().y);
        if place.x + name.size().x < rect.right() - 3.0 {
            bed.painter.galley(place, name, palette.faint);
        }
    }
}

/// Lines and captions of loudness.
fn loudness(bed: &Bed, levels: &Levels, (low, high): (f32, f32), theme: &Theme) {
    let (rect, palette) = (bed.rect, &theme.palette);
    let height = theme.scaled(13.0);
    let step = if (high - low) / STEP as f32 * height * 1.6 > rect.height() { 2 * STEP } else { STEP };
    let first = (high as i32).div_euclid(step) * step;
    for db in (0..).map(|n| (first - n * step) as f32).take_while(|db| *db > low) {
        let y = bed.crisp(levels.place(db));
        bed.painter.hline(rect.x_range().shrink(1.0), y, Stroke::new(1.0, palette.line.gamma_multiply(0.35)));
        let fits = y - height > rect.top() + theme.scaled(23.0) && y + height < rect.bottom() - theme.scaled(14.0);
        if fits {
            let place = pos2(rect.left() + 8.0, y - 1.0);
            bed.painter.text(place, Align2::LEFT_BOTTOM, names::level(db), theme.small(), palette.faint);
        }
    }
}

/// What the axes are; gives where that is written.
fn caption(bed: &Bed, stage: &Stage) -> Rect {
    let (theme, rect) = (stage.theme, bed.rect);
    let palette = &theme.palette;
    let font = FontId::new(theme.scaled(11.0), FontFamily::Name(STRONG.into()));
    let corner = rect.left_top() + vec2(8.0, 5.0);
    let title = bed.painter.text(corner, Align2::LEFT_TOP, "Pitch and loudness", font, palette.harmonics);
    let measure = stage.scene.first.as_ref().map(|model| match model.metadata().loudness.measure {
        LoudnessMeasure::AWeighted => "dB, A-weighted",
        LoudnessMeasure::Power => "dB of power",
    });
    if let Some(measure) = measure {
        let after = pos2(title.right() + 8.0, title.top());
        return title.union(bed.painter.text(after, Align2::LEFT_TOP, measure, theme.small(), palette.faint));
    }
    title
}
