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
        Setting::OddEven => "Even partials against odd ones: below 0 hollow as a clarinet, above 0 an octave up.",
        Setting::Stretch => {
            "Pulls the partials apart (+) or together (-): so many cents for each octave above the fundamental. Partials of shapers stay where they are."
        }
        Setting::Inharmonicity => {
            "Stiffness, as of a piano's string: how sharp the tenth partial is. Partials of shapers stay where they are."
        }
        Setting::FormantShift => "Moves the body of the sound up or down; the pitch stays.",
        Setting::Balance => "Noise against pitched sound, at the same loudness.",
        Setting::TimbreShift => "Plays each note with the timbre of one so much higher.",
        Setting::Dynamics => "How far soft and loud are apart: 0 % all notes alike, 200 % twice as far.",
        Setting::IndexDrive => {
            "How hard the shapers are driven: more partials with more drive. Only in instruments that have shapers."
        }
        Setting::IndexShift => "Where on their curves the shapers are driven. Only in instruments that have shapers.",
        Setting::ShaperMix => {
            "The darker (-) or the brighter (+) shapers alone. Only in instruments that have shapers."
        }
        Setting::Morph => "From the first instrument to the second. Choose a second one first.",
        Setting::Latent1 => "Dimension 1 of the instrument's own space of timbres, where it has one.",
        Setting::Latent2 => "Dimension 2 of the instrument's own space of timbres, where it has one.",
        Setting::Latent3 => "Dimension 3 of the instrument's own space of timbres, where it has one.",
        Setting::Latent4 => "Dimension 4 of the instrument's own space of timbres, where it has one.",
        Setting::Macro1 => "Macro 1: moves whatever the matrix connects it to.",
        Setting::Macro2 => "Macro 2: moves whatever the matrix connects it to.",
        Setting::Macro3 => "Macro 3: moves whatever the matrix connects it to.",
        Setting::Macro4 => "Macro 4: moves whatever the matrix connects it to.",
        Setting::Lfo1Rate => "Speed of LFO 1, unless it follows the host.",
        Setting::Lfo1Shape => "Curve of LFO 1. Steps and Drift are random.",
        Setting::Lfo1Sync => "Lets LFO 1 follow the host's beat: one cycle in this time.",
        Setting::Lfo1Phase => "Where in its cycle LFO 1 begins.",
        Setting::Lfo1Rise => "Time that LFO 1 takes from the beginning of a note to its full depth.",
        Setting::Lfo1Mode => "Free: LFO 1 is the same for all notes. Note: it begins anew with each.",
        Setting::Lfo2Rate => "Speed of LFO 2, unless it follows the host.",
        Setting::Lfo2Shape => "Curve of LFO 2. Steps and Drift are random.",
        Setting::Lfo2Sync => "Lets LFO 2 follow the host's beat: one cycle in this time.",
        Setting::Lfo2Phase => "Where in its cycle LFO 2 begins.",
        Setting::Lfo2Rise => "Time that LFO 2 takes from the beginning of a note to its full depth.",
        Setting::Lfo2Mode => "Free: LFO 2 is the same for all notes. Note: it begins anew with each.",
        Setting::Env2Attack => "Time of envelope 2 from the key to its top.",
        Setting::Env2Decay => "Time of envelope 2 from its top to the sustained level.",
        Setting::Env2Sustain => "Level of envelope 2 while a note is held.",
        Setting::Env2Release => "Time of envelope 2 to nothing after the key is let go.",
        Setting::Env3Attack => "Time of envelope 3 from the key to its top.",
        Setting::Env3Decay => "Time of envelope 3 from its top to the sustained level.",
        Setting::Env3Sustain => "Level of envelope 3 while a note is held.",
        Setting::Env3Release => "Time of envelope 3 to nothing after the key is let go.",
        Setting::ModAmount1 => "How much the source of row 1 moves its target, of the target's whole range.",
        Setting::ModAmount2 => "How much the source of row 2 moves its target, of the target's whole range.",
        Setting::ModAmount3 => "How much the source of row 3 moves its target, of the target's whole range.",
        Setting::ModAmount4 => "How much the source of row 4 moves its target, of the target's whole range.",
        Setting::ModAmount5 => "How much the source of row 5 moves its target, of the target's whole range.",
        Setting::ModAmount6 => "How much the source of row 6 moves its target, of the target's whole range.",
        Setting::ModAmount7 => "How much the source of row 7 moves its target, of the target's whole range.",
        Setting::ModAmount8 => "How much the source of row 8 moves its target, of the target's whole range.",
        Setting::ModAmount9 => "How much the source of row 9 moves its target, of the target's whole range.",
        Setting::ModAmount10 => "How much the source of row 10 moves its target, of the target's whole range.",
        Setting::ModAmount11 => "How much the source of row 11 moves its target, of the target's whole range.",
        Setting::ModAmount12 => "How much the source of row 12 moves its target, of the target's whole range.",
        Setting::ModAmount13 => "How much the source of row 13 moves its target, of the target's whole range.",
        Setting::ModAmount14 => "How much the source of row 14 moves its target, of the target's whole range.",
        Setting::ModAmount15 => "How much the source of row 15 moves its target, of the target's whole range.",
        Setting::ModAmount16 => "How much the source of row 16 moves its target, of the target's whole range.",
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
