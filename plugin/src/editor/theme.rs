//! How the window looks: colours with meaning, type, distances. `docs/editor.md` gives the reasons.
//! Read on the window's thread; made anew when the player changes text size or contrast.
//! Every text has a contrast of at least 4.5 to 1 on what lies under it, and 7 to 1 in high contrast
//! (test: `text_can_be_read_in_both_themes`).

use egui::epaint::text::{FontData, FontDefinitions};
use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Stroke, TextStyle, Visuals};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The family of headings and values that must be seen first.
pub const STRONG: &str = "strong";

/// How much the window sets off what it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// Brass and skin on walnut.
    #[default]
    Walnut,
    /// White on black, stronger hues and lines.
    High,
}

/// How large text is. Everything around it grows along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// 0.9 of the usual.
    Small,
    /// 13 points.
    #[default]
    Usual,
    /// 1.2 of the usual.
    Large,
    /// 1.45 of the usual.
    Largest,
}

impl TextSize {
    /// All, from small to large.
    pub const ALL: [Self; 4] = [Self::Small, Self::Usual, Self::Large, Self::Largest];

    /// What the settings call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "Small",
            Self::Usual => "Usual",
            Self::Large => "Large",
            Self::Largest => "Largest",
        }
    }

    /// Factor on all type and on what holds it.
    pub fn factor(self) -> f32 {
        match self {
            Self::Small => 0.9,
            Self::Usual => 1.0,
            Self::Large => 1.2,
            Self::Largest => 1.45,
        }
    }
}

/// Colours, each for one meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: Color32,
    /// A panel on the ground.
    pub panel: Color32,
    /// A field to type in, the bed of a display.
    pub well: Color32,
    /// Lines between things, tracks of knobs.
    pub line: Color32,
    /// What is raised: buttons, keys that can be pressed.
    pub raised: Color32,
    /// Text.
    pub text: Color32,
    /// Text that may be overlooked: units, captions.
    pub faint: Color32,
    /// Harmonics, and whatever moves only them. Also the colour of the instrument itself.
    pub harmonics: Color32,
    /// Noise.
    pub noise: Color32,
    /// Waveshapers.
    pub shapers: Color32,
    /// Modulation: sources, rings, rows of the matrix.
    pub modulation: Color32,
    /// Where the keyboard's focus is.
    pub focus: Color32,
    /// Something is other than asked for.
    pub notice: Color32,
    /// Something is wrong.
    pub error: Color32,
}

impl Palette {
    const WALNUT: Self = Self {
        ground: Color32::from_rgb(0x16, 0x14, 0x13),
        panel: Color32::from_rgb(0x20, 0x1d, 0x1b),
        well: Color32::from_rgb(0x10, 0x0f, 0x0e),
        line: Color32::from_rgb(0x45, 0x3f, 0x3a),
        raised: Color32::from_rgb(0x33, 0x2e, 0x2a),
        text: Color32::from_rgb(0xee, 0xe6, 0xd8),
        faint: Color32::from_rgb(0xaa, 0x9f, 0x92),
        harmonics: Color32::from_rgb(0xf0, 0xb3, 0x4a),
        noise: Color32::from_rgb(0x5b, 0xc4, 0xc4),
        shapers: Color32::from_rgb(0xb9, 0x92, 0xf0),
        modulation: Color32::from_rgb(0x93, 0xcf, 0x6c),
        focus: Color32::from_rgb(0xff, 0xf4, 0xdc),
        notice: Color32::from_rgb(0xf2, 0x9a, 0x6b),
        error: Color32::from_rgb(0xf2, 0x78, 0x70),
    };
    const HIGH: Self = Self {
        ground: Color32::BLACK,
        panel: Color32::from_rgb(0x0a, 0x0a, 0x0a),
        well: Color32::BLACK,
        line: Color32::from_rgb(0x8c, 0x8c, 0x8c),
        raised: Color32::from_rgb(0x20, 0x20, 0x20),
        text: Color32::WHITE,
        faint: Color32::from_rgb(0xd8, 0xd8, 0xd8),
        harmonics: Color32::from_rgb(0xff, 0xc2, 0x4a),
        noise: Color32::from_rgb(0x5f, 0xe8, 0xe8),
        shapers: Color32::from_rgb(0xd0, 0xae, 0xff),
        modulation: Color32::from_rgb(0xa6, 0xf0, 0x78),
        focus: Color32::WHITE,
        notice: Color32::from_rgb(0xff, 0xb0, 0x80),
        error: Color32::from_rgb(0xff, 0x98, 0x90),
    };
}

/// Everything that a part needs to look like the rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// The colours.
    pub palette: Palette,
    /// Which of the two they are.
    pub contrast: Contrast,
    /// How large text is.
    pub text_size: TextSize,
}

impl Default for Theme {
    fn default() -> Self {
        Self::of(Contrast::default(), TextSize::default())
    }
}

impl Theme {
    /// The theme for these wishes.
    pub fn of(contrast: Contrast, text_size: TextSize) -> Self {
        let palette = match contrast {
            Contrast::Walnut => Palette::WALNUT,
            Contrast::High => Palette::HIGH,
        };
        Self { palette, contrast, text_size }
    }

    /// A length that grows with the text, points.
    pub fn scaled(&self, points: f32) -> f32 {
        points * self.text_size.factor()
    }

    /// Captions and units.
    pub fn small(&self) -> FontId {
        FontId::proportional(self.scaled(11.0))
    }

    /// Everything that is read.
    pub fn body(&self) -> FontId {
        FontId::proportional(self.scaled(13.0))
    }

    /// Headings of groups, and values while they move.
    pub fn strong(&self) -> FontId {
        FontId::new(self.scaled(13.0), FontFamily::Name(STRONG.into()))
    }

    /// Names of instruments and presets.
    pub fn title(&self) -> FontId {
        FontId::new(self.scaled(18.0), FontFamily::Name(STRONG.into()))
    }

    /// A hairline, or a full line in high contrast, points.
    pub fn hairline(&self) -> f32 {
        match self.contrast {
            Contrast::Walnut => 1.0,
            Contrast::High => 1.5,
        }
    }

    /// Dresses the toolkit's own widgets (menus, text fields, scroll bars) in this theme.
    pub fn apply(&self, context: &Context) {
        let Palette { ground, panel, well, line, raised, text, faint, harmonics, focus, notice, error, .. } =
            self.palette;
        let mut visuals = Visuals::dark();
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(faint);
        visuals.panel_fill = ground;
        visuals.window_fill = panel;
        visuals.window_stroke = Stroke::new(self.hairline(), line);
        visuals.window_corner_radius = CornerRadius::same(6);
        visuals.menu_corner_radius = CornerRadius::same(6);
        visuals.extreme_bg_color = well;
        visuals.faint_bg_color = panel;
        visuals.warn_fg_color = notice;
        visuals.error_fg_color = error;
        visuals.hyperlink_color = harmonics;
        visuals.selection.bg_fill = harmonics.gamma_multiply(0.35);
        visuals.selection.stroke = Stroke::new(1.0, focus);
        let widgets = &mut visuals.widgets;
        for (widget, fill, stroke) in [
            (&mut widgets.noninteractive, panel, line),
            (&mut widgets.inactive, raised, line),
            (&mut widgets.hovered, raised, faint),
            (&mut widgets.active, line, harmonics),
            (&mut widgets.open, raised, harmonics),
        ] {
            widget.bg_fill = fill;
            widget.weak_bg_fill = fill;
            widget.bg_stroke = Stroke::new(self.hairline(), stroke);
            widget.fg_stroke = Stroke::new(1.0, text);
            widget.corner_radius = CornerRadius::same(4);
            widget.expansion = 0.0;
        }
        let styles = [
            (TextStyle::Small, self.small()),
            (TextStyle::Body, self.body()),
            (TextStyle::Button, self.body()),
            (TextStyle::Heading, self.title()),
            (TextStyle::Monospace, self.body()),
        ];
        let factor = self.text_size.factor();
        context.all_styles_mut(|style| {
            style.visuals = visuals.clone();
            style.text_styles = styles.iter().cloned().collect();
            style.spacing.item_spacing = egui::vec2(6.0, 4.0) * factor;
            style.spacing.button_padding = egui::vec2(8.0, 3.0) * factor;
            style.spacing.interact_size = egui::vec2(32.0, 22.0) * factor;
            style.interaction.selectable_labels = false;
        });
    }
}

/// Gives the toolkit Timbrel's own type. Once for each window.
pub fn install_fonts(context: &Context) {
    const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/IBMPlexSansCondensed-Regular.ttf");
    const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/IBMPlexSansCondensed-SemiBold.ttf");
    // The toolkit's own stand behind, for signs that Plex lacks.
    let mut fonts = FontDefinitions::default();
    fonts.font_data.insert("plex".into(), Arc::new(FontData::from_static(REGULAR)));
    fonts.font_data.insert("plex strong".into(), Arc::new(FontData::from_static(SEMI_BOLD)));
    let behind = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    for (family, first) in [
        (FontFamily::Proportional, "plex"),
        (FontFamily::Monospace, "plex"),
        (FontFamily::Name(STRONG.into()), "plex strong"),
    ] {
        let names = std::iter::once(first.to_owned()).chain(behind.iter().cloned()).collect();
        fonts.families.insert(family, names);
    }
    context.set_fonts(fonts);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of two colours (WCAG 2.2, "contrast ratio"), 1 to 21.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let linear = |byte: u8| egui::ecolor::linear_f32_from_gamma_u8(byte);
            0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for (kind, least) in [(Contrast::Walnut, 4.5), (Contrast::High, 7.0)] {
            let palette = Theme::of(kind, TextSize::Usual).palette;
            for under in [palette.ground, palette.panel, palette.well, palette.raised] {
                for text in [
                    palette.text,
                    palette.faint,
                    palette.harmonics,
                    palette.noise,
                    palette.shapers,
                    palette.modulation,
                    palette.notice,
                    palette.error,
                ] {
                    let found = contrast(text, under);
                    assert!(found >= least, "{kind:?}: {text:?} on {under:?} has {found:.2}");
                }
            }
        }
    }
}
