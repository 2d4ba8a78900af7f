//! Which colour a parameter has: that of the part of the sound that it moves alone (`docs/editor.md`, "Colour").
//! Window's thread.

use crate::editor::stage::Stage;
use crate::editor::theme::Palette;
use egui::Color32;
use timbrel_engine::event::Setting;

/// The colour of a setting's control.
pub fn hue(setting: Setting, palette: &Palette) -> Color32 {
    match setting {
        Setting::HarmonicLevel | Setting::Brightness | Setting::OddEven | Setting::Stretch | Setting::Inharmonicity => {
            palette.harmonics
        }
        Setting::NoiseLevel | Setting::AttackNoise => palette.noise,
        Setting::IndexDrive | Setting::IndexShift | Setting::ShaperMix => palette.shapers,
        Setting::Macro1 | Setting::Macro2 | Setting::Macro3 | Setting::Macro4 => palette.modulation,
        Setting::Env2Attack | Setting::Env2Decay | Setting::Env2Sustain | Setting::Env2Release => palette.modulation,
        Setting::Env3Attack | Setting::Env3Decay | Setting::Env3Sustain | Setting::Env3Release => palette.modulation,
        Setting::Lfo1Rate | Setting::Lfo1Phase | Setting::Lfo1Rise => palette.modulation,
        Setting::Lfo2Rate | Setting::Lfo2Phase | Setting::Lfo2Rise => palette.modulation,
        setting if timbrel_engine::perform::modulation::AMOUNTS.contains(&setting) => palette.modulation,
        _ => palette.text,
    }
}

/// Whether a setting does nothing in the instruments that are there, because they have no such part.
pub fn is_idle(stage: &Stage, setting: Setting) -> bool {
    let models = || [&stage.scene.first, &stage.scene.second].into_iter().flatten();
    let latent = |number: usize| models().all(|model| model.metadata().latent.len() < number);
    match setting {
        Setting::IndexDrive | Setting::IndexShift | Setting::ShaperMix => {
            models().all(|model| model.waveshaping().is_none())
        }
        Setting::Morph => stage.scene.second.is_none(),
        Setting::Latent1 => latent(1),
        Setting::Latent2 => latent(2),
        Setting::Latent3 => latent(3),
        Setting::Latent4 => latent(4),
        _ => false,
    }
}
