//! What each parameter does, in a sentence or two for whoever plays it.
//! Constants; any thread.
//! The editor's tooltips are these; every setting has one, and none says the same as another
//! (test: `every_setting_has_a_hint_of_its_own`).

use timbrel_engine::event::Setting;

/// The tooltip of the parameter that a setting follows.
pub fn hint(setting: Setting) -> &'static str {
    match setting {
        Setting::VoiceMode => {
            "Poly: every key has a voice of its own. Mono: one voice, which begins anew with each key. Legato: one voice, \
             and keys that overlap are tied without a new attack."
        }
        Setting::Polyphony => "How many notes may sound at once. When there are more, the quietest gives way.",
        Setting::NotePriority => "Which of the keys held down a single voice plays, in Mono and Legato.",
        Setting::Retrigger => {
            "What a key does to its own note that still sounds. Restart: the old one fades at once. Stack: the old one is \
             let go and both are heard. Reuse: the same voice is struck again from where it is."
        }
        Setting::GlideTime => "Time that the pitch takes from one note to the next. At 0 notes jump.",
        Setting::GlideMode => {
            "Constant time: every interval takes the glide time. Constant rate: an octave does, and less takes less."
        }
        Setting::GlideWhen => "Every note: each glides from the one before. Legato: only while a key is still held.",
        Setting::Unison => "Voices that play each note together.",
        Setting::UnisonDetune => "How far the outermost unison voices are out of tune, up and down.",
        Setting::UnisonSpread => "How far the unison voices are spread over the stereo field.",
        Setting::Attack => "Time from the key to full loudness.",
        Setting::Decay => "Time from full loudness to the sustained one.",
        Setting::Sustain => "Loudness that a held note settles at, below its peak.",
        Setting::Release => "Time to silence after the key is let go.",
        Setting::VelocityToAttack => "How much faster hard notes begin than soft ones.",
        Setting::VelocityAmount => {
            "How much of the instrument's dynamics velocity spans. At 0 % every note is played alike."
        }
        Setting::PressureAmount => "How much louder full pressure (aftertouch) plays.",
        Setting::BendRange => "How far the pitch wheel bends, up and down.",
        Setting::Tune => "Transposes everything, by fractions of a semitone too.",
        Setting::ReferencePitch => {
            "Pitch of the A above middle C. A scale that brings a frequency of its own ignores it."
        }
        Setting::VibratoRate => "Speed of the vibrato.",
        Setting::VibratoDepth => "Depth of the vibrato with the mod wheel fully up.",
        Setting::VibratoOnset => "Time from the beginning of a note to its full vibrato.",
        Setting::VibratoJitter => "How irregular the vibrato is in speed and depth, as a hand is.",
        Setting::Fluctuation => "How much the loudness moves with the vibrato, with the mod wheel fully up.",
        Setting::SoftPedal => "How much softer notes begin while the soft pedal is down.",
        Setting::TimbreAmount => {
            "How much brighter full timbre plays (controller 74, or the slide of an MPE keyboard)."
        }
        Setting::Mpe => {
            "Whether each note has a MIDI channel of its own. Auto: if the keyboard says so. Lower, Upper: always, with \
             channel 1 or channel 16 for what means all notes."
        }
        Setting::MpeBendRange => "How far an MPE note's own bend reaches. Set it as on the keyboard, mostly 48.",
        Setting::Loudness => "How loud the player plays. This is not a volume: the timbre changes with it.",
        Setting::Brightness => "Tilts the spectrum of the pitched sound towards its upper partials, or away from them.",
        Setting::Pan => "Place between left and right.",
        Setting::KeySpread => "How far low keys go to the left and high ones to the right.",
        Setting::HarmonicLevel => "Level of the pitched part of the sound.",
        Setting::NoiseLevel => "Level of the breath, bow and key noise.",
        Setting::RoomMix => "How much of the instrument's recorded room is heard.",
        Setting::RoomSize => "Size of the room, compared to the recorded one.",
        Setting::RoomDecay => "How long the room rings, compared to the recorded one.",
        Setting::Width => "Stereo width: 0 % is mono, 200 % is twice as wide as the voices are panned.",
        Setting::Limiter => "Keeps the output below full scale, gently. Quiet sound passes unchanged.",
        Setting::OutputGain => "Output level.",
        Setting::Natural => {
            "How far notes rise, live and end as the recorded players played them. At 100 % the envelope does nothing, at 0 % it \
             does everything. Instruments that did not learn it always play the envelope."
        }
        Setting::NoteFluctuation => {
            "How unsteady held notes are: 0 % as the recorded players, -100 % not at all, 100 % twice as much."
        }
        Setting::PeakPosition => "Whether a note is loudest earlier (-) or later (+) than the recorded players had it.",
        Setting::NoteVibrato => {
            "Vibrato without the mod wheel: 0 % as the recorded players, -100 % none, 100 % twice as deep, or 30 cents where \
             they played without."
        }
        Setting::AttackNoise => "More (+) or less (-) breath, bow and key noise as notes begin than was recorded.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_setting_has_a_hint_of_its_own() {
        let hints: HashSet<&str> = Setting::ALL.into_iter().map(hint).collect();
        assert_eq!(hints.len(), Setting::ALL.len());
        for hint in hints {
            assert!(hint.ends_with('.') && !hint.contains("  "), "{hint:?}");
        }
    }
}
