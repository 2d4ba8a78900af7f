//! One line: how the synth does, in figures; or, where something is wrong, what is and what to do about it.
//! Window's thread; read from the scene alone.
//! Sentences name what to do (`status_sentence`).

use super::bed::elided;
use super::status_sentence::{Grade, Sentence, Watchfulness, of_devices};
use crate::editor::stage::{Drawer, Stage};
use egui::accesskit::Role;
use egui::{Align2, Color32, Pos2, Rect, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use timbrel_engine::synth::Status;

/// Width of the bar of a load, in usual text, points.
const BAR: f32 = 34.0;
/// Between figures, in usual text, points.
const BETWEEN: f32 = 18.0;
/// A load above this is told in the colour of a notice.
const HIGH_LOAD: f32 = 0.8;

/// One figure.
struct Figure {
    caption: &'static str,
    value: String,
    /// A share that is drawn as a bar.
    bar: Option<f32>,
    /// It is not as it should be.
    is_notable: bool,
    /// What it means, for who asks.
    means: &'static str,
}

/// See the module.
#[derive(Default)]
pub struct StatusLine {
    watchfulness: Watchfulness,
}

impl StatusLine {
    /// Draws it over `rect`.
    pub fn draw(&mut self, ui: &mut Ui, rect: Rect, stage: &Stage) {
        let now = ui.input(|input| input.time);
        let mut sentences = self.watchfulness.look(stage.scene, now);
        if let Some(desk) = &stage.shared.standalone {
            sentences.extend(of_devices(&desk.overview()));
            sentences.sort_by_key(|sentence| sentence.grade);
        }
        let figures = stage.scene.status.as_ref().map(|status| figures(status, stage)).unwrap_or_default();
        let mut right = rect.right();
        if let Some(sentence) = sentences.first() {
            // The first figures keep their place on the right where the sentence leaves room.
            let wish = say(ui, rect, sentence, &sentences, stage);
            let left = wish + stage.theme.scaled(BETWEEN);
            for figure in figures.iter().take(3).rev() {
                let width = measure(ui, figure, stage);
                if right - width < left {
                    break;
                }
                draw(ui, pos2(right - width, rect.center().y), figure, stage);
                right -= width + stage.theme.scaled(BETWEEN);
            }
            return;
        }
        let mut left = rect.left();
        for figure in &figures {
            let width = measure(ui, figure, stage);
            if left + width > right {
                break;
            }
            draw(ui, pos2(left, rect.center().y), figure, stage);
            left += width + stage.theme.scaled(BETWEEN);
        }
    }
}

/// The figures, those first that one looks for first.
fn figures(status: &Status, stage: &Stage) -> Vec<Figure> {
    let load = |caption: &'static str, share: f32, means: &'static str| Figure {
        caption,
        value: format!("{:.0} %", share * 100.0),
        bar: Some(share),
        is_notable: share > HIGH_LOAD,
        means,
    };
    let figure = |caption: &'static str, value: String, is_notable: bool, means: &'static str| Figure {
        caption,
        value,
        bar: None,
        is_notable,
        means,
    };
    let mut figures = vec![
        figure("Voices", status.voices.to_string(), false, "Voices that sound, those of unison each counted"),
        load("Network", status.control_load, "Share of the time between two frames that the network takes"),
        load("Callback", status.callback_load, "Share of a block's time that rendering it takes"),
    ];
    if let Some(latency) = stage.scene.latency {
        let value = format!("{:.1} ms, {} samples", latency.milliseconds(), latency.samples);
        figures.push(figure("Latency", value, false, "How much later than played a note sounds; the host knows it"));
    }
    let late = status.late_frames;
    figures.push(figure("Late frames", late.to_string(), late > 0, "Blocks for which the network was too slow"));
    let limited = status.limiter_reduction_db;
    let value = if limited < 0.05 { "idle".into() } else { format!("−{limited:.1} dB") };
    figures.push(figure("Limiter", value, limited > 3.0, "How far the limiter turns the output down now"));
    let priority = if status.priority_raised { "raised" } else { "usual" };
    let means = "Whether the system gives the network's thread precedence over other programs";
    figures.push(figure("Priority", priority.into(), false, means));
    figures
}

/// Width that a figure takes, points.
fn measure(ui: &Ui, figure: &Figure, stage: &Stage) -> f32 {
    let theme = stage.theme;
    let width = |text: &str| ui.painter().layout_no_wrap(text.into(), theme.small(), Color32::WHITE).size().x;
    // Digits that come and go do not push the rest about.
    let value = width(&figure.value).max(theme.scaled(match figure.bar {
        Some(_) => 30.0,
        None => 10.0,
    }));
    let bar = figure.bar.map_or(0.0, |_| theme.scaled(BAR + 6.0));
    width(figure.caption) + theme.scaled(6.0) + bar + value
}

/// Draws a figure from `place` (left, middle) on.
fn draw(ui: &Ui, place: Pos2, figure: &Figure, stage: &Stage) {
    let (theme, palette) = (stage.theme, &stage.theme.palette);
    let painter = ui.painter();
    let colour = if figure.is_notable { palette.notice } else { palette.text };
    let caption = painter.text(place, Align2::LEFT_CENTER, figure.caption, theme.small(), palette.faint);
    let mut left = caption.right() + theme.scaled(6.0);
    if let Some(share) = figure.bar {
        let height = theme.scaled(5.0);
        let bar = Rect::from_min_size(pos2(left, place.y - height / 2.0), vec2(theme.scaled(BAR), height));
        painter.rect_filled(bar, height / 2.0, palette.line.gamma_multiply(0.7));
        let full = bar.with_max_x(bar.left() + bar.width() * share.clamp(0.0, 1.0));
        if full.width() > 0.5 {
            painter.rect_filled(full, height / 2.0, if figure.is_notable { palette.notice } else { palette.faint });
        }
        left = bar.right() + theme.scaled(6.0);
    }
    let value = painter.text(pos2(left, place.y), Align2::LEFT_CENTER, &figure.value, theme.small(), colour);
    let rect = caption.union(value);
    let response = ui.interact(rect, ui.scope_id().with(figure.caption), Sense::hover());
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(figure.value.clone()),
        ..WidgetInfo::labeled(Role::Meter, true, figure.caption)
    });
    response.on_hover_text(figure.means);
}

/// Writes a sentence with its sign; gives where it ends. All that is wrong is told to who points at it.
fn say(ui: &Ui, rect: Rect, sentence: &Sentence, all: &[Sentence], stage: &Stage) -> f32 {
    let (theme, palette) = (stage.theme, &stage.theme.palette);
    let colour = match sentence.grade {
        Grade::Fault => palette.error,
        Grade::Notice => palette.notice,
        Grade::News => palette.faint,
    };
    let size = theme.scaled(11.0);
    let mut left = rect.left();
    if sentence.grade != Grade::News {
        let (middle, half) = (pos2(left + size / 2.0, rect.center().y), size / 2.0);
        let corners = vec![
            middle + vec2(0.0, -half),
            middle + vec2(half * 1.1, half * 0.85),
            middle + vec2(-half * 1.1, half * 0.85),
        ];
        ui.painter().add(Shape::convex_polygon(corners, colour, Stroke::NONE));
        ui.painter().text(middle + vec2(0.0, 1.5), Align2::CENTER_CENTER, "!", theme.small(), palette.ground);
        left += size + theme.scaled(7.0);
    }
    let more =
        if all.len() > 1 { format!("{} (and {} more)", sentence.text, all.len() - 1) } else { sentence.text.clone() };
    let galley = elided(ui.painter(), &more, theme.small(), colour, rect.right() - left);
    let place = pos2(left, rect.center().y - galley.size().y / 2.0);
    let written = Rect::from_min_size(place, galley.size());
    ui.painter().galley(place, galley, colour);
    // What can be chosen about devices is in the settings.
    let sense = if stage.shared.standalone.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(written, ui.scope_id().with("sentence"), sense);
    if response.clicked() {
        stage.memory.drawer.set(Some(Drawer::Settings));
    }
    response.widget_info(|| WidgetInfo {
        current_text_value: Some(sentence.text.clone()),
        ..WidgetInfo::labeled(Role::Status, true, "Status")
    });
    response.on_hover_ui(|ui| {
        for sentence in all {
            ui.label(&sentence.text);
        }
    });
    written.right()
}
