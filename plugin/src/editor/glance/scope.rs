//! The output over time: a few periods of the chosen voice, which stand still.
//! Window's thread; allocates when the rate changes.
//! The picture begins where the fundamental of the chosen voice rises through zero: its phase is measured over the newest
//! periods, so that overtones and other voices do not move it (test: `the_scope_stands_still`).

use super::bed::{Bed, Caption, LEVELS_ROOM};
use super::sheets::Sheet;
use crate::editor::stage::Stage;
use egui::{Align2, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2};
use std::f64::consts::TAU;

/// Periods that are shown.
const PERIODS: f64 = 3.0;
/// Longest stretch that is shown, seconds.
const LONGEST: f64 = 0.06;
/// Periods over which the phase is measured.
const MEASURED: f64 = 4.0;
/// Without a voice the picture is so long, seconds.
const WITHOUT: f64 = 0.02;
/// Smallest full height, linear: -48 dB.
const FINEST: f32 = 0.003_906_25;
/// The height follows the sound by this share of the way a second.
const FOLLOWING: f32 = 6.0;

/// See the module.
pub struct Scope {
    /// What the full height stands for now, linear.
    height: f32,
    /// And where it is going: a power of two.
    wanted: f32,
    mid: Vec<f32>,
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { height: 0.25, wanted: 0.25, mid: Vec::new(), low: Vec::new(), high: Vec::new() }
    }
}

/// Where the newest picture of a fundamental begins in `sound` (oldest first): a rising zero of the fundamental, `length`
/// samples before the end at least. Samples, with fractions.
pub fn trigger(sound: &[f32], f0_hz: f64, sample_rate: f64, length: f64) -> f64 {
    let period = sample_rate / f0_hz;
    let end = sound.len() as f64;
    let latest = end - length - 1.0;
    let measured = (MEASURED * period).ceil().min(end) as usize;
    let first = sound.len() - measured;
    // The fundamental's phase at the first of these, by one bin of a Fourier transform under a Hann window.
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in sound[first..].iter().enumerate() {
        let window = 0.5 - 0.5 * (TAU * n as f64 / measured as f64).cos();
        let (sine, cosine) = (TAU * n as f64 / period).sin_cos();
        real += f64::from(*sample) * window * cosine;
        imaginary -= f64::from(*sample) * window * sine;
    }
    // A sine that rises through zero at n has a transform of phase -pi/2 there.
    let turns = imaginary.atan2(real) / TAU + 0.25;
    let zero = first as f64 - turns * period;
    let back = ((zero - latest) / period).ceil();
    (zero - back * period).clamp(0.0, latest.max(0.0))
}

impl Scope {
    /// Draws it over `rect`, `seconds` after the last time.
    pub fn draw(&mut self, ui: &Ui, rect: Rect, seconds: f32, stage: &Stage) {
        let (theme, scene) = (stage.theme, stage.scene);
        let palette = &theme.palette;
        let rate = scene.snapshot().map_or(48_000.0, |snapshot| snapshot.sample_rate);
        let f0_hz = scene.snapshot().map(|snapshot| f64::from(snapshot.tone.f0_hz)).filter(|hz| *hz > 1.0);
        let [left, right] = &scene.sound;
        self.mid.clear();
        self.mid.extend(left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)));
        let shown = f0_hz.map_or(WITHOUT, |hz| (PERIODS / hz).min(LONGEST));
        let length = (shown * rate).min(self.mid.len() as f64 * 0.75);
        let begin = match f0_hz {
            Some(hz) => trigger(&self.mid, hz, rate, length),
            None => self.mid.len() as f64 - length - 1.0,
        }
        .max(0.0);
        self.follow(begin as usize, length as usize, seconds);
        let milliseconds = length / rate * 1_000.0;
        let detail = format!("{milliseconds:.1} ms");
        let titles = [("Output", palette.text)];
        let bed = Bed::draw(ui, rect, LEVELS_ROOM, Caption { titles: &titles, detail: &detail }, theme);
        bed.tell(ui, "Scope", Sense::hover(), || {
            let peak = self.mid.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
            format!("{milliseconds:.1} ms, peak {peak:.3}")
        });
        self.axes(&bed, f0_hz.map(|hz| shown * hz), stage);
        self.curve(&bed, begin, length, stage);
    }

    /// Lets the height go where the sound wants it.
    fn follow(&mut self, begin: usize, length: usize, seconds: f32) {
        let end = (begin + length).min(self.mid.len());
        let peak = self.mid[begin.min(end)..end].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        if peak > self.wanted || peak < 0.4 * self.wanted && peak > FINEST / 4.0 {
            self.wanted = (1.1 * peak).log2().ceil().exp2().clamp(FINEST, 2.0);
        }
        let share = (FOLLOWING * seconds).min(1.0);
        self.height = if peak > self.height { self.wanted } else { self.height + share * (self.wanted - self.height) };
    }

    fn axes(&self, bed: &Bed, periods: Option<f64>, stage: &Stage) {
        let (theme, plot) = (stage.theme, bed.plot);
        let palette = &theme.palette;
        let line = |strength: f32| Stroke::new(1.0, palette.line.gamma_multiply(strength));
        for (share, strength) in [(0.0, 0.5), (0.5, 0.8), (1.0, 0.5)] {
            bed.painter.hline(plot.x_range(), bed.crisp(plot.top() + share * plot.height()), line(strength));
        }
        let periods = periods.unwrap_or(1.0);
        for period in 0..=periods.floor() as usize {
            let x = plot.left() + (period as f64 / periods) as f32 * plot.width();
            bed.painter.vline(bed.crisp(x), plot.y_range(), line(0.4));
        }
        let text = |y: f32, align: Align2, words: String| {
            bed.painter.text(pos2(plot.left() - 4.0, y), align, words, theme.small(), palette.faint);
        };
        let number = |value: f32| if value >= 0.1 { format!("{value:.1}") } else { format!("{value:.2}") };
        text(plot.top() - 2.0, Align2::RIGHT_TOP, number(self.height));
        text(plot.center().y, Align2::RIGHT_CENTER, "0".into());
        text(plot.bottom() + 2.0, Align2::RIGHT_BOTTOM, format!("−{}", number(self.height)));
        let captions: &[&str] = if periods > 1.0 { &["periods of the chosen voice", "periods"] } else { &["time"] };
        for caption in captions {
            let galley = bed.painter.layout_no_wrap((*caption).into(), theme.small(), palette.faint);
            if galley.size().x <= plot.width() {
                let left = plot.center().x - galley.size().x / 2.0;
                bed.painter.galley(pos2(left, plot.bottom() + 1.0), galley, palette.faint);
                break;
            }
        }
    }

    fn curve(&mut self, bed: &Bed, begin: f64, length: f64, stage: &Stage) {
        let (plot, palette) = (bed.plot, &stage.theme.palette);
        let y = |value: f32| plot.center().y - (value / self.height).clamp(-1.0, 1.0) * plot.height() / 2.0;
        let columns = (plot.width() * bed.painter.pixels_per_point().min(2.0)).max(2.0) as usize;
        let a_column = length / columns as f64;
        let sample = |at: f64| {
            let place = at.max(0.0);
            let (index, share) = (place as usize, place.fract() as f32);
            let of = |index: usize| self.mid.get(index).copied().unwrap_or(0.0);
            of(index) * (1.0 - share) + of(index + 1) * share
        };
        self.low.clear();
        self.high.clear();
        for column in 0..=columns {
            let at = begin + column as f64 * a_column;
            let (mut low, mut high) = (sample(at), sample(at));
            // Peaks between columns are not lost.
            let between =
                &self.mid[(at as usize + 1).min(self.mid.len())..((at + a_column) as usize + 1).min(self.mid.len())];
            if a_column > 1.0 {
                between.iter().for_each(|value| (low, high) = (low.min(*value), high.max(*value)));
            }
            self.low.push(low);
            self.high.push(high);
        }
        let x = |column: usize| plot.left() + column as f32 / columns as f32 * plot.width();
        let line: Vec<Pos2> = self
            .low
            .iter()
            .zip(&self.high)
            .enumerate()
            .map(|(column, (low, high))| pos2(x(column), y(if high.abs() > low.abs() { *high } else { *low })))
            .collect();
        let mut sheet = Sheet::with_room(2 * line.len());
        let glow = palette.text.gamma_multiply(0.14);
        sheet.area(line.iter().copied(), plot.center().y, glow, egui::Color32::TRANSPARENT);
        sheet.paint(&bed.painter);
        bed.painter.add(Shape::line(line, Stroke::new(1.4 * stage.theme.hairline(), palette.text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scope_stands_still() {
        let rate = 48_000.0;
        // A weak fundamental under loud overtones, and another voice beside it.
        let sample = |at: f64| {
            let turn = |hz: f64| TAU * hz * at / rate;
            (0.05 * (turn(220.0) + 0.3).sin() + 0.4 * turn(660.0).cos() + 0.2 * turn(331.0).sin()) as f32
        };
        let zero_of = |begin: f64| (220.0 * begin / rate + 0.3 / TAU + 0.5).rem_euclid(1.0) - 0.5;
        let mut worst: f64 = 0.0;
        for frame in 0..60 {
            let first = f64::from(frame) * 800.0;
            let sound: Vec<f32> = (0..4096).map(|n| sample(first + f64::from(n))).collect();
            let length = PERIODS * rate / 220.0;
            let begin = trigger(&sound, 220.0, rate, length);
            assert!(begin >= 0.0 && begin + length <= 4096.0);
            worst = worst.max(zero_of(first + begin).abs());
        }
        println!("the picture moves by {:.2} % of a period at most", 100.0 * worst);
        assert!(worst < 0.05);
    }
}
