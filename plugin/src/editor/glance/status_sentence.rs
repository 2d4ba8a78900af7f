//! What is wrong, and what to do about it, worst first.
//! Window's thread. Counters are news while they rise and for a while after (test: `whatever_is_wrong_is_said_in_a_sentence`).

use crate::editor::scene::Scene;
use crate::standalone::desk::Overview;
use timbrel_engine::synth::Status;

/// A counter that rose is told of for so long, seconds.
const NEWS: f64 = 4.0;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Something does not work.
    Fault,
    /// Something is other than asked for.
    Notice,
    /// Nothing is wrong.
    News,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Sentence {
    /// How bad it is.
    pub grade: Grade,
    /// For the player.
    pub text: String,
}

impl Sentence {
    fn new(grade: Grade, text: impl Into<String>) -> Self {
        Self { grade, text: text.into() }
    }
}

/// A number that should not rise.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    seen: Option<u64>,
    rose_at: Option<f64>,
}

impl Counter {
    /// Whether it rose lately.
    fn rises(&mut self, count: u64, now: f64) -> bool {
        if self.seen.is_some_and(|seen| count > seen) {
            self.rose_at = Some(now);
        }
        // A new synth counts anew.
        if self.seen.is_some_and(|seen| count < seen) {
            self.rose_at = None;
        }
        self.seen = Some(count);
        self.rose_at.is_some_and(|at| now - at < NEWS)
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Watchfulness {
    late: Counter,
    decoder_errors: Counter,
    overflows: Counter,
    refused: Counter,
}

impl Watchfulness {
    /// All that is wrong `now` (seconds of the window's clock), worst first.
    pub fn look(&mut self, scene: &Scene, now: f64) -> Vec<Sentence> {
        let shown = &scene.instrument;
        let of_instrument = [
            (Grade::Fault, &shown.error),
            (Grade::Notice, &shown.missing),
            (Grade::Notice, &shown.second_missing),
            (Grade::Notice, &shown.note),
        ];
        let mut sentences: Vec<Sentence> = of_instrument
            .into_iter()
            .filter_map(|(grade, text)| text.as_ref().map(|text| Sentence::new(grade, text.clone())))
            .collect();
        match &scene.status {
            Some(status) => {
                let latency = scene.latency.map(|latency| latency.samples);
                sentences.extend(self.of_status(status, latency, now));
            }
            None if scene.is_loading => sentences.push(Sentence::new(Grade::News, "An instrument is being loaded")),
            None => {
                sentences.push(Sentence::new(Grade::News, "The host has not started the audio"));
            }
        }
        sentences.sort_by_key(|sentence| sentence.grade);
        sentences
    }

    /// What is wrong with a synth that plays with a latency of so many samples.
    pub fn of_status(&mut self, status: &Status, latency: Option<u32>, now: f64) -> Vec<Sentence> {
        use Grade::{Fault, Notice};
        let mut sentences = Vec::new();
        if let Some(error) = &status.error {
            sentences.push(Sentence::new(Fault, error.clone()));
        }
        if self.decoder_errors.rises(status.decoder_errors, now) {
            let text = "The network fails on some voices, which are held as they were: choose another instrument";
            sentences.push(Sentence::new(Fault, text));
        }
        if self.late.rises(status.late_frames, now) {
            let text = "Frames come late: raise the buffer size or play fewer voices";
            sentences.push(Sentence::new(Notice, text));
        }
        if self.overflows.rises(status.event_overflows, now) {
            let text = "More came than can be played at once, so all notes were ended: thin out the controllers";
            sentences.push(Sentence::new(Notice, text));
        }
        if self.refused.rises(status.refused_notes, now) {
            let text = "Too many notes at once, some were left out: lower Voices, or play fewer";
            sentences.push(Sentence::new(Notice, text));
        }
        if latency.is_some_and(|samples| status.wanted_latency > samples) {
            let text = "This instrument needs more latency: stop and start the host's audio, else attacks come late";
            sentences.push(Sentence::new(Notice, text));
        }
        sentences
    }
}

/// What is wrong with the standalone program's devices.
pub fn of_devices(overview: &Overview) -> Vec<Sentence> {
    let grade = |first: bool| if first && overview.running.is_none() { Grade::Fault } else { Grade::Notice };
    let sentences = overview.problems.iter().enumerate();
    sentences.map(|(place, text)| Sentence::new(grade(place == 0), text.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sentences: &[Sentence]) -> Vec<&str> {
        sentences.iter().map(|sentence| sentence.text.as_str()).collect()
    }

    #[test]
    fn whatever_is_wrong_is_said_in_a_sentence() {
        let mut watchfulness = Watchfulness::default();
        let mut status = Status { late_frames: 7, wanted_latency: 700, ..Status::default() };
        // Late frames of before the window opened are no news.
        assert_eq!(watchfulness.of_status(&status, Some(700), 0.0), []);
        status.late_frames = 8;
        let late = "Frames come late: raise the buffer size or play fewer voices";
        assert_eq!(texts(&watchfulness.of_status(&status, Some(700), 1.0)), [late]);
        assert_eq!(texts(&watchfulness.of_status(&status, Some(700), 4.0)), [late]);
        assert_eq!(watchfulness.of_status(&status, Some(700), 5.1), []);
        status.decoder_errors = 1;
        status.event_overflows = 1;
        status.refused_notes = 1;
        status.error = Some("The decoder failed.".into());
        let all = watchfulness.of_status(&status, Some(600), 6.0);
        println!("{:#?}", texts(&all));
        assert_eq!(all.len(), 5);
        assert!(all.iter().all(|sentence| sentence.text.len() > 15));
    }

    #[test]
    fn a_missing_device_is_a_fault_and_a_missing_keyboard_a_notice() {
        let gone = "There is no sound card, or the system offers none.";
        let unplugged = "The MIDI input KeyStep is not plugged in.";
        let overview = Overview { problems: vec![gone.into(), unplugged.into()], ..Overview::default() };
        let expected = [Sentence::new(Grade::Fault, gone), Sentence::new(Grade::Notice, unplugged)];
        assert_eq!(of_devices(&overview), expected);
    }

    #[test]
    fn without_audio_that_is_said() {
        let sentences = Watchfulness::default().look(&Scene::default(), 0.0);
        assert_eq!(texts(&sentences), ["The host has not started the audio"]);
    }
}
